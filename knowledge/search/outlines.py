"""Where the chunks of a document stand, and which documents there are to tell about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID

from knowledge.models import Chunk, Document
from knowledge.text.places import headings_of

# So many documents are looked at, and so many chunks of one.
MAX_DOCUMENTS, MAX_CHUNKS = 200, 2_000


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """`name`: that of its file, without the ending, and its title."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Of one chunk: the headings above it, the outermost first."""

    chunk_id: UUID
    document_id: UUID
    path: tuple[str, ...]


def documents_in(
    owner_id: UUID, kb_ids: Sequence[UUID], doc_ids: Sequence[UUID] = ()
) -> list[NamedDocument]:
    """Those that can be searched, in the order of their names."""
    rows = Document.objects.filter(
        knowledge_base__owner_id=owner_id, knowledge_base_id__in=kb_ids, chunk_count__gt=0
    )
    if doc_ids:
        rows = rows.filter(id__in=doc_ids)
    found = rows.order_by("name").values_list("id", "name", "title")[:MAX_DOCUMENTS]
    return [NamedDocument(id, f"{PurePath(name).stem} {title}") for id, name, title in found]


def outline(document_id: UUID, owner_id: UUID) -> list[Place]:
    """In the order of the text."""
    rows = Chunk.objects.filter(
        document_id=document_id, knowledge_base__owner_id=owner_id, is_enabled=True
    )
    places = rows.order_by("position").values_list("id", "place")[:MAX_CHUNKS]
    return [Place(id, document_id, tuple(headings_of(place))) for id, place in places]


def all_places(
    owner_id: UUID, kb_ids: Sequence[UUID], doc_ids: Sequence[UUID], limit: int
) -> list[Place]:
    """Of all chunks that can be searched, document by document; none if there are more than
    `limit`."""
    rows = Chunk.objects.filter(
        knowledge_base__owner_id=owner_id, knowledge_base_id__in=kb_ids, is_enabled=True
    )
    if doc_ids:
        rows = rows.filter(document_id__in=doc_ids)
    places = rows.order_by("document_id", "position").values_list("id", "document_id", "place")
    found = [Place(id, own, tuple(headings_of(place))) for id, own, place in places[: limit + 1]]
    return found if len(found) <= limit else []


def first_chunks(document_ids: Sequence[UUID], owner_id: UUID) -> list[UUID]:
    """How each document begins, in the order of the documents."""
    rows = Chunk.objects.filter(
        document_id__in=document_ids,
        knowledge_base__owner_id=owner_id,
        position=0,
        is_enabled=True,
    )
    found = dict(rows.values_list("document_id", "id"))
    return [found[id] for id in document_ids if id in found]
