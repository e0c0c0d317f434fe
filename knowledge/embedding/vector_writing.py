"""Makes the vectors that chunks lack, a few at a time, while no document is read.

Documents can be searched by their words as soon as they are read; vectors take longer, and follow.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from core.outage import Outage
from knowledge.embedding.embedder import Embedder, current_embedder
from knowledge.embedding.packing import pack
from knowledge.embedding.passage_vectors import PassageVectors
from knowledge.errors import EmbeddingFailed
from knowledge.models import Chunk, ChunkVectors, KnowledgeBase

logger = logging.getLogger(__name__)

# Chunks that are embedded and saved together.
BATCH_SIZE = 32
# Seconds: when a worker looks for documents again, and when another one takes over.
MAX_S, LEASE_S = 2, 120
# Seconds until a server that failed is asked again; what it says itself is believed so far.
PAUSE_S, MAX_PAUSE_S = 15, 300

_outage = Outage("The embedding model")


def mark_vectors_due(kb_ids: Collection[UUID]) -> None:
    """To be called in the transaction that saves new chunks of these knowledge bases."""
    # One by one and in order, so that two workers never wait for each other.
    for kb_id in sorted(kb_ids):
        KnowledgeBase.objects.filter(pk=kb_id).update(vectors_due_since=timezone.now())


def write_some_vectors() -> bool:
    """For some seconds at most. Returns whether there may be more to do now."""
    embedder = current_embedder()
    base = _lease(embedder) if embedder else None
    if embedder is None or base is None:
        return False
    pause_s = 0.0
    try:
        _write(base, embedder)
    except EmbeddingFailed as error:
        pause_s = min(error.retry_after_s or PAUSE_S, MAX_PAUSE_S)
        _outage.begins(error)
    else:
        _outage.is_over()
    finally:
        _release(base, pause_s)
    return not pause_s


def _lease(embedder: Embedder) -> KnowledgeBase | None:
    """A knowledge base that lacks vectors, and that no other worker has."""
    now = timezone.now()
    is_free = Q(vectors_lease_until=None) | Q(vectors_lease_until__lt=now)
    is_due = Q(vectors_due_since__isnull=False) | ~Q(embedding_model=embedder.model)
    # The oldest, so that those who store much do not keep others waiting for ever.
    for base in KnowledgeBase.objects.filter(is_free, is_due).order_by("vectors_due_since", "pk"):
        until = now + timedelta(seconds=LEASE_S)
        if KnowledgeBase.objects.filter(is_free, pk=base.pk).update(vectors_lease_until=until):
            return base
    return None


def _release(base: KnowledgeBase, pause_s: float) -> None:
    until = timezone.now() + timedelta(seconds=pause_s) if pause_s else None
    KnowledgeBase.objects.filter(pk=base.pk).update(vectors_lease_until=until)


def _write(base: KnowledgeBase, embedder: Embedder) -> None:
    started, last = time.monotonic(), 0
    while time.monotonic() - started < MAX_S:
        chunks = _lacking(base, embedder.model, last)
        if not chunks:
            _complete(base, embedder.model)
            return
        last = chunks[-1].rowid
        _save(base, embedder.model, chunks, embedder.embed_passages([c.text for c in chunks]))


def _lacking(base: KnowledgeBase, model: str, after: int) -> list[Chunk]:
    present = ChunkVectors.objects.filter(chunk=OuterRef("pk"), model=model)
    enabled = Chunk.objects.filter(knowledge_base=base, is_enabled=True)
    chunks = enabled.filter(~Exists(present), rowid__gt=after)
    return list(chunks.only("rowid", "text").order_by("rowid")[:BATCH_SIZE])


@transaction.atomic
def _save(
    base: KnowledgeBase, model: str, chunks: Sequence[Chunk], vectors: Sequence[PassageVectors]
) -> None:
    dimension = vectors[0].whole.shape[1]
    if (base.embedding_model, base.embedding_dimension) != (model, dimension):
        ChunkVectors.objects.filter(knowledge_base=base).delete()
        base.embedding_model, base.embedding_dimension = model, dimension
        base.save(update_fields=["embedding_model", "embedding_dimension"])
        # Chunks that this run has passed over lack vectors now, too.
        mark_vectors_due([base.pk])
    # A document may have been deleted or read again meanwhile, and a chunk changed.
    locked = Chunk.objects.select_for_update(of=["self"]).filter(
        pk__in=[chunk.pk for chunk in chunks], is_enabled=True
    )
    present = dict(locked.order_by("pk").values_list("pk", "text"))
    ChunkVectors.objects.bulk_create(
        ChunkVectors(
            chunk=chunk,
            knowledge_base=base,
            model=model,
            whole=pack(found.whole),
            sentences=pack(found.sentences),
        )
        for chunk, found in zip(chunks, vectors, strict=True)
        if present.get(chunk.pk) == chunk.text
    )


def _complete(base: KnowledgeBase, model: str) -> None:
    """Unless documents were added since `base` was read."""
    rows = KnowledgeBase.objects.filter(pk=base.pk, vectors_due_since=base.vectors_due_since)
    rows.update(vectors_due_since=None, embedding_model=model)
