"""Tells whether a sentence says how many there are: "how many moons", "the four large moons"."""

import re

from knowledge.text.analysis import fold, stem

COUNTED = re.compile(
    r"\bhow many (?:\w{1,20} ){0,2}?(\w{3,30})\b(?= (?:\w{1,20} )?(?:are|is|was|were|do|does|did|"
    r"can|could|has|have|had|will|may|must|should)\b|[\s?]{0,5}$)"
)
# A number, up to two words, and the noun.
NUMBERED = re.compile(
    r"(?:(?<![\d.,])\d[\d.,]*+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|"
    r"forty|fifty|hundreds?|thousands?|millions?|billions?|no|dozens?))"
    r"(?= ((?:[\w'’-]{1,30} ){0,2}[\w'’-]{1,30}))"
)


def what_is_counted(question: str) -> str:
    """The stem of the noun after "how many"; empty if nothing is counted."""
    found = COUNTED.search(fold(question))
    return stem(found[1]) if found else ""


def counts(noun: str, sentence: str) -> bool:
    """Whether a number stands before the noun."""
    words = (word for found in NUMBERED.finditer(fold(sentence)) for word in found[1].split())
    return any(stem(word) == noun for word in words)
