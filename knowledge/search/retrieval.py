"""Retrieval: finds the chunks that fit a question, in the knowledge bases of one owner."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F

from knowledge.index.base import Candidate, Index, SearchScope
from knowledge.index.current_index import get_index
from knowledge.models import Chunk
from knowledge.search.coverage import coverage, inverse_document_frequency
from knowledge.search.fusion import FusedChunk, foreign_chunks, fuse
from knowledge.search.meaning import Meaning, meaning_of
from knowledge.search.ranking import rank
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.search.totals import term_counts, total_chunks
from knowledge.search.translated import TranslatedQuestion
from knowledge.text.analysis import query_terms, text_terms
from knowledge.translation.question_words import (
    names_in,
    terms_of,
    translate,
    with_names_spelled,
)

# Of a very long question (a pasted page), the rarest terms are enough to find similar chunks.
MAX_TERMS = 64
# The index only approximates the ranking, so more candidates are requested than are returned.
SPARE_CANDIDATES = 30
# Of them, those that have none of the question's words may be what it means.
NEAR_CANDIDATES = 20
# So many, and those that a dictionary finds, where some of the nearest are in another script than
# the question.
NEAREST, NEAR_IF_FOREIGN = 10, 100
# How many entries of the index a search reads at most, if it need not read more; what it takes is
# about a microsecond for each.
FEW_POSTINGS, MANY_POSTINGS = 3_000, 8_000
# The same for an index that finds pairs of terms: chunks with only one of the question's words are
# looked up if the word is rare, since others cannot be the best.
ALONE_POSTINGS, PAIRED_POSTINGS, MAX_PAIRED = 1_000, 20_000, 6


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
    counts = term_counts(index, terms, scope)
    weights = _weights(terms, counts, total_chunks(scope))
    candidates = _with_words(index, weights, counts, scope, limit)
    if meaning is None:
        return fuse(rank(candidates, weights), {}, foreign_chunks(question, candidates), {})
    near = meaning.nearest(scope, NEAR_IF_FOREIGN)
    candidates += _others(meaning, near[:NEAR_CANDIDATES], candidates, scope)
    translated: Mapping[int, float] = {}
    foreign = foreign_chunks(question, candidates)
    if any(foreign.get(rowid) for rowid in near[:NEAREST]):
        asked = _translated(question, index, scope)
        found = _with_translations(index, asked, scope, limit)
        more = [each for each in found if each.rowid not in foreign]
        more += _others(meaning, near, [*candidates, *more], scope)
        foreign |= foreign_chunks(question, more)
        candidates += more
        asked = _with_names(question, asked, candidates, index, scope)
        translated = asked.scores(candidates)
    similarities = meaning.similarities([candidate.rowid for candidate in candidates])
    return fuse(rank(candidates, weights), similarities, foreign, translated)


def _translated(question: str, index: Index, scope: SearchScope) -> TranslatedQuestion:
    words = translate(question)
    terms = {term for word in words for translation in word for term in translation.terms}
    return TranslatedQuestion(words, term_counts(index, [*terms], scope), total_chunks(scope))


def _with_names(
    question: str,
    asked: TranslatedQuestion,
    candidates: Sequence[Candidate],
    index: Index,
    scope: SearchScope,
) -> TranslatedQuestion:
    """Also counts the names of the question as the candidates may spell them in Chinese."""
    names = names_in(question)
    if not names:
        return asked
    present = {term for each in candidates for term in f"{each.terms} {each.title_terms}".split()}
    words = with_names_spelled(asked.words, names, present)
    new = terms_of(words) - terms_of(asked.words)
    if not new:
        return asked
    counts = index.counts([*new], scope)
    return TranslatedQuestion(words, {**asked.counts, **counts}, total_chunks(scope))


def _with_translations(
    index: Index, asked: TranslatedQuestion, scope: SearchScope, limit: int
) -> list[Candidate]:
    weights, counts = asked.term_weights(), asked.counts
    if index.finds_pairs:
        alone = _rarest(weights, counts, ALONE_POSTINGS)
        in_pairs = islice(_rarest(weights, counts, PAIRED_POSTINGS).items(), MAX_PAIRED)
        return index.candidates(alone, scope, limit + SPARE_CANDIDATES, dict(in_pairs))
    return index.candidates(
        _rarest(weights, counts, MANY_POSTINGS), scope, limit + SPARE_CANDIDATES
    )


def _with_words(
    index: Index,
    weights: Mapping[str, float],
    counts: Mapping[str, int],
    scope: SearchScope,
    limit: int,
) -> list[Candidate]:
    """The more promising chunks that have some of the terms. The rare ones are looked up first: if
    a chunk without any of them cannot be the best, the common ones need not be."""
    count = limit + SPARE_CANDIDATES
    if scope.doc_ids:
        # In documents that are named, every term is looked up, however common it is elsewhere.
        return index.candidates(weights, scope, count)
    if index.finds_pairs:
        alone = _rarest(weights, counts, ALONE_POSTINGS)
        in_pairs = _rarest(weights, counts, PAIRED_POSTINGS)
        paired = dict(islice(in_pairs.items(), MAX_PAIRED))
        return index.candidates(alone, scope, count, paired)
    rare = _rarest(weights, counts, FEW_POSTINGS)
    candidates = index.candidates(rare, scope, count)
    best = max((chunk.score for chunk in rank(candidates, weights)), default=0.0)
    others = 1 - sum(rare.values()) / sum(weights.values())
    if best >= others:
        return candidates
    more = _rarest(weights, counts, MANY_POSTINGS)
    return candidates if len(more) == len(rare) else index.candidates(more, scope, count)


def _others(
    meaning: Meaning, near: Sequence[int], found: Sequence[Candidate], scope: SearchScope
) -> list[Candidate]:
    """Those whose vectors are near the question's, and that were not found yet."""
    others = set(near) - {candidate.rowid for candidate in found}
    rows = Chunk.objects.filter(
        rowid__in=others, is_enabled=True, knowledge_base__owner_id=scope.owner_id
    )
    read = [Candidate(*row) for row in rows.order_by().values_list("rowid", "terms", "title_terms")]
    if len(read) < len(others):
        meaning.forget_deleted()
    return read


def distinct_terms(text: str) -> str:
    """The terms of a text, for `score_terms`: to be stored, since finding them takes long."""
    return " ".join(dict.fromkeys(text_terms(text)))


def score_terms(question: str, terms_of: Sequence[str]) -> list[float]:
    """How much of the question each text covers, by its `distinct_terms`: for texts that are in no
    index."""
    terms = query_terms(question)
    terms_of_texts = [frozenset(stored.split()) for stored in terms_of]
    counts = {term: sum(term in present for present in terms_of_texts) for term in terms}
    weights = _weights(terms, counts, len(terms_of))
    return [coverage(weights, present) for present in terms_of_texts]


def _weights(terms: Sequence[str], counts: Mapping[str, int], total: int) -> dict[str, float]:
    if len(terms) > MAX_TERMS:
        terms = sorted(filter(counts.get, terms), key=counts.__getitem__)[:MAX_TERMS]
    return {term: inverse_document_frequency(total, counts.get(term, 0)) for term in terms}


def _rarest(
    weights: Mapping[str, float], counts: Mapping[str, int], postings: int
) -> Mapping[str, float]:
    """The rarest of the terms, at least one, as long as not more than so many chunks have them."""
    found: dict[str, float] = {}
    for term in sorted(weights, key=lambda term: counts.get(term, 0)):
        postings -= counts.get(term, 0)
        if postings < 0 and any(map(counts.get, found)):
            break
        found[term] = weights[term]
    return found


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
