"""Tells how well a sentence defines something: "Tea is …", "…, called tea", "茶是…", "茶：…"."""

from __future__ import annotations

import re
from collections.abc import Set

from knowledge.text.analysis import fold, text_terms

# How a definition goes on after its subject, and what else may be between: "Tea (Camellia) is".
GOES_ON = re.compile(
    r"\w{0,3}[\s*_`\"”’»)]{0,3}"
    r"(?:\([^()]{0,80}\)|（[^（）]{0,40}）|\[[^\[\]]{0,40}\]|,[^,.]{0,60},|，[^，。]{0,20}，)?[\s*_`\"”’»)]{0,3}"
    r"(?:(?:is|are|was|were|means?|refers? to|stands? for|denotes?|describes?|consists? of)\b"
    r"|[:–—-]{1,2}\s"
    r"|(?:通常|一般|就|也|都|本)?(?:是|指|即|为|属于|又[称叫名]|也[称叫]|[称叫]作?|意为|意思|[：—]))"
)
NAMES = re.compile(
    r"(?:called|named|known as|term|所谓的?|[称叫名]为?|叫做|即|[就便]是)[\s*_`\"“‘«《「]{0,3}$"
)
BEFORE = re.compile(
    r"[\s*_`\"“‘«(《「]*+"
    r"(?:an?|the|all|every|each|most|any|in general,?|一般来说|所谓|所有的?)?[\s*_`\"“‘«《「]*+"
)

# A sentence that begins with its subject defines it; one that names it at its end may.
DEFINES, NAMES_IT, MENTIONS = 0.3, 0.15, 0.05
# ... more surely if its document or its section is about nothing else.
IS_THE_TOPIC = 0.15


def definition_bonus(subject: str, sentence: str, title: Set[str]) -> float:
    """`subject` is folded; `title` are the terms of the title and the headings."""
    folded = " ".join(fold(sentence).split())
    at = folded.find(subject)
    if at < 0:
        return 0.0
    is_the_topic = bool(title) and title <= set(text_terms(subject))
    begins = BEFORE.fullmatch(folded[:at]) is not None
    if begins and (is_the_topic or GOES_ON.match(folded, at + len(subject))):
        bonus = DEFINES
    elif NAMES.search(folded, 0, at):
        bonus = NAMES_IT
    else:
        return MENTIONS
    return bonus + IS_THE_TOPIC if is_the_topic else bonus
