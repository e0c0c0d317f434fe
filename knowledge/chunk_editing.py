"""Changes of single chunks by hand. They last until their document is read again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from knowledge.embedding.vector_writing import mark_vectors_due
from knowledge.models import Chunk, ChunkVectors, Document
from knowledge.reading import set_terms

FIELDS = ("text", "keywords", "questions", "is_enabled", "terms", "title_terms")


@transaction.atomic
def add_chunk(
    document: Document, text: str, keywords: Sequence[str] = (), questions: Sequence[str] = ()
) -> Chunk:
    """Behind all others of the document."""
    # Two requests would take the same position.
    Document.objects.select_for_update(of=["self"]).get(pk=document.pk)
    last = document.chunks.aggregate(last=Max("position"))["last"]
    chunk = Chunk(
        document=document,
        knowledge_base_id=document.knowledge_base_id,
        position=0 if last is None else last + 1,
        text=text,
        keywords=list(keywords),
        questions=list(questions),
    )
    set_terms(chunk, document)
    chunk.save(force_insert=True)
    _count(document, 1)
    mark_vectors_due([document.knowledge_base_id])
    return chunk


@transaction.atomic
def save_changes(chunks: Collection[Chunk]) -> None:
    """Of chunks that have their documents; they are found by what they say now, or, if they are
    switched off, not at all."""
    for chunk in chunks:
        set_terms(chunk, chunk.document)
    Chunk.objects.bulk_update(chunks, FIELDS)
    # The vectors say what the text was; others are made.
    ChunkVectors.objects.filter(chunk__in=chunks).delete()
    mark_vectors_due({chunk.knowledge_base_id for chunk in chunks})


@transaction.atomic
def delete_chunks(document: Document, chunks: QuerySet[Chunk]) -> int:
    """`chunks`: some of this document. Returns how many there were."""
    _, deleted = chunks.delete()
    count = deleted.get(Chunk._meta.label, 0)
    if count:
        _count(document, -count)
    return count


def _count(document: Document, more: int) -> None:
    rows = Document.objects.filter(pk=document.pk)
    rows.update(chunk_count=F("chunk_count") + more, updated_at=timezone.now())
