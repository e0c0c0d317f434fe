"""A question in, passages out."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F

from knowledge.index.base import Frequencies, Scope
from knowledge.index.current_index import get_index
from knowledge.models import Chunk
from knowledge.search.coverage import coverage, rarity
from knowledge.search.ranking import rank
from knowledge.search.scored import ScoredChunk
from knowledge.text.analysis import query_terms, text_terms

# Of a very long question (somebody pasted a page), the rarest terms are enough to find its like.
MAX_TERMS = 64
# The index only says which are promising, so it is asked for more than are wanted.
SPARE_CANDIDATES = 14
# So few chunks are never too many to look at.
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
    """The passages that fit best, best first, none of them less similar than `threshold`.

    Similarity is how much of the question a passage covers. It is not what they are ranked by:
    a perfect hit in a tiny knowledge base has next to no BM25 score.
    """
    terms = query_terms(question)
    if not terms or not kb_ids:
        return []
    index = get_index()
    scope = Scope(owner_id, kb_ids, doc_ids)
    frequencies = index.frequencies(terms, scope)
    worth = _worth(terms, frequencies)
    # Documents are named to be searched for whatever there is in them, however common elsewhere.
    sought = worth if doc_ids else _uncommon(worth, frequencies)
    candidates = index.candidates(sought, scope, limit + SPARE_CANDIDATES)
    best = [one for one in rank(candidates, worth)[:limit] if one.covered >= threshold]
    chunks = _chunks(owner_id, [one.rowid for one in best])
    # A document may have been replaced meanwhile.
    return [
        ScoredChunk(
            **chunks[one.rowid],
            similarity=one.covered,
            term_similarity=one.covered,
            vector_similarity=0.0,
        )
        for one in best
        if one.rowid in chunks
    ]


def score_passages(question: str, passages: Sequence[str]) -> list[float]:
    """How much of the question each of the passages covers, for texts that are in no index."""
    terms = query_terms(question)
    found = [frozenset(text_terms(passage)) for passage in passages]
    counts = {term: sum(term in passage for passage in found) for term in terms}
    worth = _worth(terms, Frequencies(len(passages), counts))
    return [coverage(worth, passage) for passage in found]


def _worth(terms: Sequence[str], frequencies: Frequencies) -> dict[str, float]:
    counts = frequencies.counts
    if len(terms) > MAX_TERMS:
        terms = sorted(filter(counts.get, terms), key=counts.__getitem__)[:MAX_TERMS]
    return {term: rarity(frequencies.total, counts.get(term, 0)) for term in terms}


def _uncommon(worth: Mapping[str, float], frequencies: Frequencies) -> Mapping[str, float]:
    """The terms that candidates are looked up by. Those in every tenth chunk would find too many,
    slowly; they are left to the ranking, unless there are no others."""
    common = max(COMMON, frequencies.total // 10)
    counts = frequencies.counts
    return {term: value for term, value in worth.items() if counts.get(term, 0) <= common} or worth


def _chunks(owner_id: UUID, rowids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is shown of each chunk."""
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
