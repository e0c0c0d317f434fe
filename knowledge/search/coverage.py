"""How much of a question a text covers: a number from 0 to 1, whatever the size of the index."""

import math
from collections.abc import Container, Mapping


def inverse_document_frequency(total: int, count: int) -> float:
    """The weight of a term that `count` of `total` texts have; positive even if all have it."""
    return math.log(1 + (total + 1) / (count + 0.5))


def coverage(weights: Mapping[str, float], terms: Container[str]) -> float:
    """The share of the question's terms that are among `terms`, each by its weight."""
    total = sum(weights.values())
    if not total:
        return 0.0
    return sum(weight for term, weight in weights.items() if term in terms) / total
