"""Searches where a turn may look, as its dialog has it, and reads what was found as evidence."""

from __future__ import annotations

from chat.answers.turn import Turn
from chat.questions.evidence import Evidence
from chat.questions.term_weights import Frequencies
from knowledge.index.base import SearchScope
from knowledge.index.current_index import get_index
from knowledge.search.retrieval import search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.search.totals import total_chunks
from knowledge.text.analysis import query_terms


def search_for(turn: Turn, question: str, limit: int = 0) -> list[ScoredChunk]:
    """The best first; at most `limit`, or as many as the dialog wants."""
    return search(
        question,
        owner_id=turn.user_id,
        kb_ids=turn.kb_ids,
        doc_ids=turn.doc_ids,
        limit=limit or turn.top_n,
        threshold=turn.similarity_threshold,
    )


def frequencies_of(turn: Turn, question: str) -> Frequencies:
    scope = SearchScope(turn.user_id, turn.kb_ids, turn.doc_ids)
    counts = get_index().counts(query_terms(question), scope)
    return Frequencies(total_chunks(scope), counts)


def evidence_of(chunk: ScoredChunk) -> Evidence:
    return Evidence(
        chunk.document_name, chunk.text, chunk.place, chunk.vector_similarity, chunk.similarity
    )
