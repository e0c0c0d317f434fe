"""Ranks chunks by words and by meaning at once.

The score of words is BM25 as a share of what a chunk with all of the question's words could reach,
so it is small if few of the words are in the knowledge base: then the meaning leads by itself, as
it does for a question in another language. The weight was learnt with `benchmarks.retrieval`; from
0.4 to 0.8 each set of questions is ranked better than by words alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from knowledge.index.base import Candidate
from knowledge.search.ranking import RankedChunk
from knowledge.text.analysis import is_mostly_cjk

MEANING_WEIGHT = 0.6
# If no chunk covers so much of the question, its words are not those of the documents.
FEW_WORDS = 0.3
# Chunks with none of the question's words that are less similar are not about it.
MIN_SIMILARITY = 0.1


@dataclass(frozen=True, slots=True)
class FusedChunk:
    rowid: int
    score: float
    term_similarity: float
    vector_similarity: float
    similarity: float


def fuse(
    ranked: Sequence[RankedChunk], similarities: Mapping[int, float], foreign: Mapping[int, bool]
) -> list[FusedChunk]:
    """Best first. `foreign`: whether a chunk is in another script than the question."""
    usual = fmean(similarities.values()) if similarities else 0.0
    has_few_words = max((chunk.coverage for chunk in ranked), default=0.0) < FEW_WORDS
    fused = []
    for chunk in ranked:
        # One without vectors yet is neither better nor worse for it.
        meaning = similarities.get(chunk.rowid, usual)
        vector_similarity = similarities.get(chunk.rowid, 0.0)
        leads = has_few_words or foreign[chunk.rowid]
        if not chunk.coverage and not (leads and vector_similarity >= MIN_SIMILARITY):
            continue
        fused.append(
            FusedChunk(
                chunk.rowid,
                chunk.score + MEANING_WEIGHT * meaning,
                chunk.coverage,
                vector_similarity,
                max(chunk.coverage, vector_similarity) if leads else chunk.coverage,
            )
        )
    return sorted(fused, key=lambda chunk: -chunk.score)


def foreign_chunks(question: str, candidates: Sequence[Candidate]) -> dict[int, bool]:
    is_cjk = is_mostly_cjk(question)
    return {each.rowid: is_mostly_cjk(each.terms) != is_cjk for each in candidates}
