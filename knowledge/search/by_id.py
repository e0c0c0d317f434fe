"""Chunks that were found before, by their ids, and those around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import F, QuerySet

from knowledge.models import Chunk
from knowledge.search.scored_chunk import ScoredChunk


def chunks_by_id(
    ids: Iterable[UUID], *, owner_id: UUID, kb_ids: Sequence[UUID], doc_ids: Sequence[UUID] = ()
) -> dict[UUID, ScoredChunk]:
    """Those that still exist, in these bases of this owner; if there are `doc_ids`, only in these
    documents."""
    rows = Chunk.objects.filter(
        id__in=list(ids),
        is_enabled=True,
        knowledge_base__owner_id=owner_id,
        knowledge_base_id__in=kb_ids,
    )
    if doc_ids:
        rows = rows.filter(document_id__in=doc_ids)
    return {chunk.id: chunk for chunk in _scored(rows)}


def neighbours(chunk: ScoredChunk, owner_id: UUID) -> list[ScoredChunk]:
    """The chunk after it, and the one before it, in its document."""
    position = Chunk.objects.filter(id=chunk.id).values_list("position", flat=True).first()
    if position is None:
        return []
    rows = Chunk.objects.filter(
        document_id=chunk.document_id,
        knowledge_base__owner_id=owner_id,
        position__in=(position + 1, position - 1),
        is_enabled=True,
    )
    return _scored(rows.order_by("-position"))


def _scored(rows: QuerySet[Chunk]) -> list[ScoredChunk]:
    """They were not ranked: each counts as wholly similar."""
    fields = rows.values(
        "id", "text", "place", "document_id", "knowledge_base_id", document_name=F("document__name")
    )
    return [
        ScoredChunk(**row, similarity=1.0, term_similarity=1.0, vector_similarity=0.0)
        for row in fields
    ]
