"""Keeps to the subject of a question that names a document: "Who invented tea?" asks about tea,
even if the rarer word is in a document about writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from chat.questions.language import is_foreign
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import query_terms, text_terms
from knowledge.text.places import first_heading


def about_named_documents(question: str, found: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Those that are of a document which the question names, or that have its name; all of them if
    it names none. A name counts if the question has all of it. In another language no name is the
    same."""
    asked = frozenset(query_terms(question))
    names = {name for chunk in found for name in _names(chunk) if name and name <= asked}
    if not names:
        return [*found]
    return [
        chunk
        for chunk in found
        if is_foreign(chunk.text, question) or any(name <= _terms_of(chunk) for name in names)
    ]


def _names(chunk: ScoredChunk) -> list[frozenset[str]]:
    """Of its document: that of the file, and the title."""
    names = (PurePath(chunk.document_name).stem, first_heading(chunk.place))
    return [frozenset(query_terms(name)) for name in names]


def _terms_of(chunk: ScoredChunk) -> frozenset[str]:
    return frozenset(text_terms(f"{chunk.document_name} {chunk.place} {chunk.text}"))
