"""Tells how well a sentence defines something: "Tea is …", "…, called tea", "茶是…", "茶：…"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from knowledge.text.analysis import fold, text_terms

# How a definition goes on after its subject, and what else may be between: "Tea (Camellia) is".
GOES_ON = re.compile(
    r"\w{0,3}[\s*_`\"”’»)]{0,3}"
    r"(?:\([^()]{0,80}\)|（[^（）]{0,40}）|\[[^\[\]]{0,40}\]|,[^,.]{0,60},|，[^，。]{0,20}，)?[\s*_`\"”’»)]{0,3}"
    r"(?:(?:is|are|was|were|means?|refers? to|stands? for|denotes?|describes?|consists? of)\b"
    r"|[:–—-]{1,2}\s"
    r"|(?:通常|一般|就|也|都|本)?(?:是|指|即|为|属于|又[称叫名]|也[称叫]|[称叫]作?|意为|意思|用|由|把|像|[：—]))"
)
# "A ticket is a right to …", rather than "a ticket is good for …".
SAYS_WHAT = re.compile(
    r".{0,90}?\b(?:is|are|was|were|means) (?:an?|the|one|any|all)\b|.{0,60}?[是指]一?[种个类]"
)
NAMES = re.compile(
    r"(?:called|named|known as|term|所谓的?|[称叫名]为?|叫做|即|[就便]是)[\s*_`\"“‘«《「]{0,3}$"
)
BEFORE = re.compile(
    r"[\s*_`\"“‘«(《「]*+"
    r"(?:an?|the|all|every|each|most|any|in general,?|一般来说|所谓|所有的?|一[个种]?)?"
    r"[\s*_`\"“‘«《「]*+"
)

# "A beam bridge bends; an arch bridge pushes": each clause may define something.
CLAUSE_END = re.compile(r"[;；]\s?")

# "…: this is called countersteering." explains what it names.
ENDS = re.compile(r"[\s*_`\"”’»)」』》]*+[。.!！?？]?$")

# A sentence that begins with its subject defines it, and so does one that ends with naming it; one
# that names it elsewhere may.
DEFINES, NAMES_IT, MENTIONS = 0.3, 0.15, 0.05
# ... better if it says what kind of thing it is.
SAYS_WHAT_IT_IS = 0.1
# ... more surely if its document or its section is about nothing else.
IS_THE_TOPIC = 0.15


def definition_bonus(subject: str, sentence: str, title: Set[str]) -> float:
    """`subject` is folded; `title` are the terms of the title and the headings."""
    is_the_topic = bool(title) and title <= set(text_terms(subject))
    return max(_bonus(subject, clause, is_the_topic) for clause in _clauses(sentence))


def defines(subject: str, sentences: Iterable[str]) -> bool:
    """Whether one of them says what kind of thing the subject is."""
    return any(
        definition_bonus(subject, sentence, frozenset()) >= DEFINES + SAYS_WHAT_IT_IS
        for sentence in sentences
    )


def begins_with(subject: str, sentence: str) -> bool:
    """Whether the sentence, or a clause of it, is about the subject: it begins with it."""
    return any(_begins(subject, clause, clause.find(subject)) for clause in _clauses(sentence))


def _clauses(sentence: str) -> list[str]:
    return CLAUSE_END.split(" ".join(fold(sentence).split()))


def _bonus(subject: str, clause: str, is_the_topic: bool) -> float:
    at = clause.find(subject)
    if at < 0:
        return 0.0
    begins = _begins(subject, clause, at)
    if begins and (is_the_topic or GOES_ON.match(clause, at + len(subject))):
        bonus = DEFINES + (SAYS_WHAT_IT_IS if SAYS_WHAT.match(clause, at + len(subject)) else 0)
    elif NAMES.search(clause, 0, at):
        bonus = DEFINES if ENDS.match(clause, at + len(subject)) else NAMES_IT
    else:
        return MENTIONS
    return bonus + IS_THE_TOPIC if is_the_topic else bonus


def _begins(subject: str, clause: str, at: int) -> bool:
    goes_on = clause[at + len(subject) : at + len(subject) + 1]
    is_whole = not (subject[-1:].isascii() and goes_on.isascii() and goes_on.isalpha())
    return at >= 0 and (is_whole or goes_on == "s") and BEFORE.fullmatch(clause, 0, at) is not None
