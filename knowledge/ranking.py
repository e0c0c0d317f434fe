"""BM25, reckoned with the numbers of the knowledge bases that were searched.

An index can do that too, but with the numbers of all it holds: what is rare in a small knowledge
base would depend on how much other people keep.
"""

from collections.abc import Mapping, Sequence

from knowledge.index.base import Candidate

TITLE_WEIGHT = 2
# How soon more of the same term adds nothing, and how much a long text has to pay for its length.
SATURATION, LENGTH_PENALTY = 1.2, 0.6


def ranked(candidates: Sequence[Candidate], worth: Mapping[str, float]) -> list[Candidate]:
    """Best first."""
    if not candidates:
        return []
    average = sum(map(_length, candidates)) / len(candidates)
    return sorted(candidates, key=lambda candidate: -_score(candidate, worth, average))


def _score(candidate: Candidate, worth: Mapping[str, float], average_length: float) -> float:
    text, title = f" {candidate.terms} ", f" {candidate.title_terms} "
    length = _length(candidate) / average_length
    enough = SATURATION * (1 - LENGTH_PENALTY + LENGTH_PENALTY * length)
    score = 0.0
    for term, value in worth.items():
        sought = f" {term} "
        count = text.count(sought) + TITLE_WEIGHT * title.count(sought)
        score += value * count / (count + enough)
    return score


def _length(candidate: Candidate) -> int:
    return candidate.terms.count(" ") + candidate.title_terms.count(" ") + 2
