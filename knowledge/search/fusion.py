"""Ranks chunks by words and by meaning at once.

The score of words is BM25 as a share of what a chunk with all of the question's words could reach,
so it is small if few of the words are in the knowledge base: then the meaning leads by itself, as
it does for a question in another language. The weight was learnt with `benchmarks.retrieval`; from
0.4 to 0.8 each set of questions is ranked better than by words alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from knowledge.index.base import Candidate
from knowledge.search.meaning import Similarity
from knowledge.search.ranking import RankedChunk
from knowledge.text.analysis import is_mostly_cjk

MEANING_WEIGHT = 0.6
# Of words that a dictionary translates, each in all ways.
TRANSLATED_WEIGHT = 0.65
# If no chunk covers so much of the question, its words are not those of the documents.
FEW_WORDS = 0.3
# From which share of chunks in another language on the documents are in two.
MIXED = 0.2
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
    ranked: Sequence[RankedChunk],
    similarities: Mapping[int, Similarity],
    foreign: Mapping[int, bool],
    translated: Mapping[int, float],
) -> list[FusedChunk]:
    """Best first. `foreign`: whether a chunk is in another script than the question; `translated`:
    how well it fits then, by translated words."""
    # One without vectors yet is neither better nor worse for it.
    usual = _mean(similarities.values())
    has_few_words = max((chunk.coverage for chunk in ranked), default=0.0) < FEW_WORDS
    # What is in the language of the question is held against what is not by the same measure.
    are_mixed = fmean(foreign.values()) >= MIXED if foreign else False
    fused = []
    for chunk in ranked:
        # One that has the question's words is as good as in its language.
        is_foreign = foreign[chunk.rowid] and chunk.coverage < FEW_WORDS
        similarity = similarities.get(chunk.rowid, usual)
        meaning = similarity.beyond_usual if is_foreign else similarity.value
        vector_similarity = similarity.value if chunk.rowid in similarities else 0.0
        leads = has_few_words or are_mixed or foreign[chunk.rowid]
        if not chunk.coverage and not (leads and vector_similarity >= MIN_SIMILARITY):
            continue
        words = chunk.score
        if is_foreign and translated:
            words = max(words, TRANSLATED_WEIGHT * translated[chunk.rowid])
        fused.append(
            FusedChunk(
                chunk.rowid,
                words + MEANING_WEIGHT * meaning,
                chunk.coverage,
                vector_similarity,
                max(chunk.coverage, vector_similarity) if leads else chunk.coverage,
            )
        )
    return sorted(fused, key=lambda chunk: -chunk.score)


def _mean(similarities: Collection[Similarity]) -> Similarity:
    if not similarities:
        return Similarity(0.0, 0.0)
    return Similarity(
        fmean(each.value for each in similarities),
        fmean(each.beyond_usual for each in similarities),
    )


def foreign_chunks(question: str, candidates: Sequence[Candidate]) -> dict[int, bool]:
    is_cjk = is_mostly_cjk(question)
    return {each.rowid: is_mostly_cjk(each.terms) != is_cjk for each in candidates}
