"""Retrieval: finds the chunks that fit a question, in the knowledge bases of one owner."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F

from knowledge.index.base import Candidate, Frequencies, SearchScope
from knowledge.index.current_index import get_index
from knowledge.models import Chunk
from knowledge.search.coverage import coverage, inverse_document_frequency
from knowledge.search.fusion import FusedChunk, foreign_chunks, fuse
from knowledge.search.meaning import Meaning, meaning_of
from knowledge.search.ranking import rank
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import query_terms, text_terms

# Of a very long question (a pasted page), the rarest terms are enough to find similar chunks.
MAX_TERMS = 64
# The index only approximates the ranking, so more candidates are requested than are returned.
SPARE_CANDIDATES = 14
# Of them, those that have none of the question's words may be what it means.
NEAR_CANDIDATES = 40
# A term in so few chunks is never too common to look up.
COMMON = 100


def search(
    question: str,
    *,
    owner_id: UUID,
    kb_ids: Sequence[UUID],
    doc_ids: Sequence[UUID] = (),
    limit: int = 6,
    threshold: float = 0.0,
) -> list[ScoredChunk]:
    """The chunks that fit best, best first, none of them less similar than `threshold`.

    Similarity is how much of the question a chunk covers, or how near their meanings are, where the
    documents have other words or another script than the question.
    """
    terms = query_terms(question)
    if not terms or not kb_ids:
        return []
    scope = SearchScope(owner_id, kb_ids, doc_ids)
    meaning = meaning_of(question, scope)
    fused = _fused(question, terms, scope, limit, meaning)
    fields = _fields_by_rowid(owner_id, [chunk.rowid for chunk in fused[:limit]])
    # A document may have been replaced meanwhile.
    return [
        ScoredChunk(
            **fields[chunk.rowid],
            similarity=chunk.similarity,
            term_similarity=chunk.term_similarity,
            vector_similarity=chunk.vector_similarity,
        )
        for chunk in fused[:limit]
        if chunk.similarity >= threshold and chunk.rowid in fields
    ]


def _fused(
    question: str, terms: Sequence[str], scope: SearchScope, limit: int, meaning: Meaning | None
) -> list[FusedChunk]:
    index = get_index()
    frequencies = index.frequencies(terms, scope)
    weights = _weights(terms, frequencies)
    # In documents that are named, every term is looked up, however common it is elsewhere.
    lookup_weights = weights if scope.doc_ids else _without_common_terms(weights, frequencies)
    candidates = index.candidates(lookup_weights, scope, limit + SPARE_CANDIDATES)
    similarities: Mapping[int, float] = {}
    if meaning:
        candidates = [*candidates, *_near(meaning, candidates, scope)]
        similarities = meaning.similarities([candidate.rowid for candidate in candidates])
    foreign = foreign_chunks(question, candidates)
    return fuse(rank(candidates, weights), similarities, foreign)


def _near(meaning: Meaning, found: Sequence[Candidate], scope: SearchScope) -> list[Candidate]:
    """Those whose vectors are near the question's, and that the words did not find."""
    nearest = meaning.nearest(scope, NEAR_CANDIDATES)
    others = set(nearest) - {candidate.rowid for candidate in found}
    rows = Chunk.objects.filter(rowid__in=others, knowledge_base__owner_id=scope.owner_id)
    near = [Candidate(*row) for row in rows.order_by().values_list("rowid", "terms", "title_terms")]
    if len(near) < len(others):
        meaning.forget_deleted()
    return near


def distinct_terms(text: str) -> str:
    """The terms of a text, for `score_terms`: to be stored, since finding them takes long."""
    return " ".join(dict.fromkeys(text_terms(text)))


def score_terms(question: str, terms_of: Sequence[str]) -> list[float]:
    """How much of the question each text covers, by its `distinct_terms`: for texts that are in no
    index."""
    terms = query_terms(question)
    terms_of_texts = [frozenset(stored.split()) for stored in terms_of]
    counts = {term: sum(term in present for present in terms_of_texts) for term in terms}
    weights = _weights(terms, Frequencies(len(terms_of), counts))
    return [coverage(weights, present) for present in terms_of_texts]


def _weights(terms: Sequence[str], frequencies: Frequencies) -> dict[str, float]:
    counts = frequencies.counts
    if len(terms) > MAX_TERMS:
        terms = sorted(filter(counts.get, terms), key=counts.__getitem__)[:MAX_TERMS]
    total = frequencies.total
    return {term: inverse_document_frequency(total, counts.get(term, 0)) for term in terms}


def _without_common_terms(
    weights: Mapping[str, float], frequencies: Frequencies
) -> Mapping[str, float]:
    """The terms to look candidates up by. Terms that every tenth chunk has would find too many,
    slowly; only the ranking uses them, unless the question has no others."""
    common = max(COMMON, frequencies.total // 10)
    counts = frequencies.counts
    uncommon = {term: weight for term, weight in weights.items() if counts.get(term, 0) <= common}
    return uncommon or weights


def _fields_by_rowid(owner_id: UUID, rowids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The fields of `ScoredChunk` that are stored, of each chunk that still exists."""
    rows = (
        Chunk.objects.filter(knowledge_base__owner_id=owner_id, rowid__in=rowids)
        .order_by()
        .values(
            "rowid",
            "id",
            "text",
            "place",
            "document_id",
            "knowledge_base_id",
            document_name=F("document__name"),
        )
    )
    return {
        row["rowid"]: {name: value for name, value in row.items() if name != "rowid"}
        for row in rows
    }
