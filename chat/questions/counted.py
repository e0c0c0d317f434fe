"""What a question wants counted: of "how many large moons are there", the moons."""

import re

from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, stem

COUNTED = re.compile(
    r"\bhow many (?:\w{1,20} ){0,2}?(\w{3,30})\b(?= (?:\w{1,20} )?(?:are|is|was|were|do|does|did|"
    r"can|could|has|have|had|will|may|must|should)\b|[\s?]{0,5}$)"
)
# The cosine of two nouns for the same things: it is lower for a star and a constellation.
MIN_SAME_NOUN = 0.7


def what_is_counted(question: str) -> str:
    """The stem of the noun after "how many"; empty if nothing is counted."""
    return stem(_noun(question))


def count_the_same(question: str, other: str) -> bool:
    """Whether two questions count the same things, as far as they count any."""
    counted, others = _noun(question), _noun(other)
    if not counted or not others or stem(counted) == stem(others):
        return True
    return similarities(counted, [others])[0] >= MIN_SAME_NOUN


def _noun(question: str) -> str:
    found = COUNTED.search(fold(question))
    return found[1] if found else ""
