"""How much of a question a text covers. A number from 0 to 1, whatever the size of the index."""

import math
from collections.abc import Container, Mapping


def rarity(total: int, count: int) -> float:
    """What a term is worth that is in `count` of `total` texts; positive even if in all of them."""
    return math.log(1 + (total + 1) / (count + 0.5))


def coverage(worth: Mapping[str, float], terms: Container[str]) -> float:
    """The share of the question's terms that are here, each by its worth."""
    total = sum(worth.values())
    if not total:
        return 0.0
    return sum(value for term, value in worth.items() if term in terms) / total
