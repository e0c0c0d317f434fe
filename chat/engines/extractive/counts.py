"""Tells whether a sentence says how many there are: "how many moons", "the four large moons"."""

import re

from knowledge.text.analysis import fold, stem

# A number, up to two words, and the noun.
NUMBERED = re.compile(
    r"(?:(?<![\d.,])\d[\d.,]*+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|"
    r"forty|fifty|hundreds?|thousands?|millions?|billions?|no|dozens?))"
    r"(?= ((?:[\w'’-]{1,30} ){0,2}[\w'’-]{1,30}))"
)


def counts(noun: str, sentence: str) -> bool:
    """Whether a number stands before the noun."""
    words = (word for found in NUMBERED.finditer(fold(sentence)) for word in found[1].split())
    return any(stem(word) == noun for word in words)
