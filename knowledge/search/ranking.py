"""BM25, computed with the frequencies of the knowledge bases that are searched.

An index can compute it too, but with the frequencies of all it holds: which terms are rare in a
small knowledge base would depend on how much other users store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.index.base import Candidate

# A term in the title counts as often.
TITLE_WEIGHT = 3
# Added to the score if the question names all of the title: "What is tea?" asks for how the
# document about tea begins, not for one of its many passages about teas.
NAMED_BONUS = 0.1
# BM25's k1 (how soon more of the same term adds nothing) and b (how much length is penalised).
K1, B = 1.2, 0.6


@dataclass(frozen=True, slots=True)
class RankedChunk:
    rowid: int
    # Higher is better: from 0 to 1, which a chunk would reach that has all terms endlessly often.
    score: float
    # The share of the question's terms that it has, by weight.
    coverage: float


def rank(candidates: Sequence[Candidate], weights: Mapping[str, float]) -> list[RankedChunk]:
    """Best first. `weights` are those of the question's terms."""
    if not candidates:
        return []
    lengths = [*map(length_of, candidates)]
    average = sum(lengths) / len(lengths)
    ranked = [
        _ranked(candidate, weights, length / average)
        for candidate, length in zip(candidates, lengths, strict=True)
    ]
    return sorted(ranked, key=lambda chunk: -chunk.score)


def _ranked(
    candidate: Candidate, weights: Mapping[str, float], relative_length: float
) -> RankedChunk:
    text, title = f" {candidate.terms} ", f" {candidate.title_terms} "
    saturation = K1 * (1 - B + B * relative_length)
    score = covered = 0.0
    for term, weight in weights.items():
        spaced = f" {term} "
        if count := text.count(spaced) + TITLE_WEIGHT * title.count(spaced):
            score += weight * count / (count + saturation)
            covered += weight
    total = sum(weights.values())
    bonus = NAMED_BONUS if _names(weights, candidate.title_terms) else 0.0
    return RankedChunk(candidate.rowid, score / total + bonus, covered / total)


def _names(weights: Mapping[str, float], title_terms: str) -> bool:
    """Whether all terms of the title are asked for; of pairs of Chinese characters, the pairs."""
    terms = title_terms.split()
    long_terms = [term for term in terms if len(term) > 1] or terms
    return bool(long_terms) and all(term in weights for term in long_terms)


def length_of(candidate: Candidate) -> int:
    return candidate.terms.count(" ") + candidate.title_terms.count(" ") + 2
