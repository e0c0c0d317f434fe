"""A question in, passages out."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from knowledge.analysis import query_terms, text_terms
from knowledge.coverage import coverage, rarity
from knowledge.index.base import Candidate, Frequencies, Scope
from knowledge.index.choose import get_index
from knowledge.models import Chunk
from knowledge.ranking import ranked
from knowledge.scored import ScoredChunk

# Of a very long question (somebody pasted a page), the rarest terms are enough to find its like.
MAX_TERMS = 64
# The index only says which are promising, so it is asked for more than are wanted.
SPARE_CANDIDATES = 24


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
    if not frequencies.total:
        # None of the bases is the owner's, or they are empty: there is nothing to match.
        return []
    worth = _worth(terms, frequencies)
    candidates = index.candidates(list(worth), scope, limit + SPARE_CANDIDATES)
    similarities = {
        candidate.rowid: similarity
        for candidate in ranked(candidates, worth)[:limit]
        if (similarity := _similarity(candidate, worth)) >= threshold
    }
    own = Chunk.objects.filter(knowledge_base__owner_id=owner_id).select_related("document")
    chunks = own.in_bulk(similarities)
    # A document may have been replaced meanwhile.
    found = [rowid for rowid in similarities if rowid in chunks]
    return [_scored(chunks[rowid], similarities[rowid]) for rowid in found]


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


def _similarity(candidate: Candidate, worth: Mapping[str, float]) -> float:
    return coverage(worth, {*candidate.terms.split(), *candidate.title_terms.split()})


def _scored(chunk: Chunk, similarity: float) -> ScoredChunk:
    return ScoredChunk(
        id=chunk.id,
        text=chunk.text,
        document_id=chunk.document_id,
        document_name=chunk.document.name,
        knowledge_base_id=chunk.knowledge_base_id,
        place=chunk.place,
        similarity=similarity,
        term_similarity=similarity,
        vector_similarity=0.0,
    )
