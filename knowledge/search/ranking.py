"""BM25, reckoned with the numbers of the knowledge bases that were searched.

An index can do that too, but with the numbers of all it holds: what is rare in a small knowledge
base would depend on how much other people keep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.index.base import Candidate

TITLE_WEIGHT = 3
# How soon more of the same term adds nothing, and how much a long text has to pay for its length.
SATURATION, LENGTH_PENALTY = 1.2, 0.6


@dataclass(frozen=True, slots=True)
class Ranked:
    rowid: int
    # Higher is better; compares with others of the same search only.
    score: float
    # The share of the question that it covers.
    covered: float


def rank(candidates: Sequence[Candidate], worth: Mapping[str, float]) -> list[Ranked]:
    """Best first. `worth` is what each term of the question counts."""
    if not candidates:
        return []
    average = sum(map(_length, candidates)) / len(candidates)
    ranked = [_ranked(candidate, worth, average) for candidate in candidates]
    return sorted(ranked, key=lambda one: -one.score)


def _ranked(candidate: Candidate, worth: Mapping[str, float], average_length: float) -> Ranked:
    text, title = f" {candidate.terms} ", f" {candidate.title_terms} "
    length = _length(candidate) / average_length
    enough = SATURATION * (1 - LENGTH_PENALTY + LENGTH_PENALTY * length)
    score = covered = 0.0
    for term, value in worth.items():
        sought = f" {term} "
        if count := text.count(sought) + TITLE_WEIGHT * title.count(sought):
            score += value * count / (count + enough)
            covered += value
    return Ranked(candidate.rowid, score, covered / sum(worth.values()))


def _length(candidate: Candidate) -> int:
    return candidate.terms.count(" ") + candidate.title_terms.count(" ") + 2
