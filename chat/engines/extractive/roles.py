"""Which sentences name who plays, sings or wrote something: they say it in other words."""

import re

WORD = r"[\w'’.-]{1,30}"
# How a name follows what was done: "portrayed in both films by the actor Bob".
BY = rf"(?:{WORD} ){{0,3}}by (?:{WORD} ){{0,5}}?[A-Z]"
# "Zoe Miller (Alice Brown)".
ACTOR_IN_BRACKETS = rf"[A-Z]{WORD} \(\s?(?:played by )?[A-Z]{WORD}(?: [A-Z]{WORD}){{1,3}}\s?\)"
# What the question says, and how a sentence with the name says it; the first that matches counts.
ROLES = {
    re.compile(
        r"\b(?:who|actor|actress)\b.{0,40}?\b(?:plays|played|portrays|portrayed|voices|voiced)\b",
        re.IGNORECASE,
    ): re.compile(
        rf"\b(?:portrayed|played|voiced|performed) {BY}|{ACTOR_IN_BRACKETS}|\bstarring [A-Z]"
        rf"|[A-Z]{WORD} (?:portrays|portrayed|plays|voices|voiced|stars|starred) "
    ),
    re.compile(r"\bwho (?:sings|sang|sung|recorded)\b", re.IGNORECASE): re.compile(
        rf"\b(?:sung|performed|recorded|released) {BY}|\b(?:song|single|ballad|track|hit) by "
        r"|\bvocals (?:by|from) |\b(?:duo|band|singer|rapper)\b"
    ),
    re.compile(r"\bwho (?:wrote|composed|authored)\b", re.IGNORECASE): re.compile(
        rf"\b(?:written|composed|authored|penned) {BY}"
        r"|\b(?:novel|book|play|poem|song|musical|lyrics|music|work) by |\bauthor\b"
    ),
    re.compile("[谁誰].{0,4}演|[由是][谁誰].{0,2}[饰飾]"): re.compile("[饰飾扮]演?|主演|出演"),
    re.compile("[谁誰].{0,3}唱"): re.compile("唱"),
    re.compile("[谁誰].{0,4}(?:发现|發現)|(?:发现|發現)(?:者|的?人)"): re.compile(
        "[发發][现現]|最[先早初]|首[先次]|第一[个個位]|[认認]出|[传傳][说說]"
    ),
    re.compile("[谁誰].{0,4}(?:发明|發明|首创|首創)|(?:发明|發明)(?:者|的?人)"): re.compile(
        "[发發]明|首[创創]|[创創][制製立]|最[先早初]|[传傳][说說]|[专專]利"
    ),
    re.compile("[谁誰].{0,3}(?:写|寫|著|创作|創作)|作者"): re.compile("作者|[著写寫撰]|创作|創作"),
}


# What is found or invented is named by the question beside this.
FOUND = re.compile(
    "(?:是|由|被)?[谁誰](?:最[先早]|首先)?(?:发现|發現|发明|發明|首创|首創)(?:了|的|出来的?)?"
    "|的?(?:发现|發現|发明|發明)(?:者|的?人)(?:是[谁誰])?"
)


def role_in(question: str) -> re.Pattern[str] | None:
    """Matches a sentence that has the name; None: the question asks for something else."""
    found = (answer for asked, answer in ROLES.items() if asked.search(question))
    return next(found, None)
