"""Vectors of chunks, as a worker stores them, but made of random numbers."""

from __future__ import annotations

import numpy as np

from knowledge.embedding.packing import normalized, pack, unpack
from knowledge.embedding.vectors import Vectors
from knowledge.models import Chunk, ChunkVectors, Document, KnowledgeBase

DIMENSION = 512
MODEL = "some-model"


def with_vectors(base: KnowledgeBase) -> KnowledgeBase:
    base.embedding_model, base.embedding_dimension = MODEL, DIMENSION
    base.vectors_due_since = None
    base.save()
    return base


def random_vectors(count: int, seed: int) -> Vectors:
    """Most of what differs is in few directions, as with real ones."""
    random = np.random.default_rng(seed)
    spread = 1 / np.sqrt(np.arange(1, DIMENSION + 1))
    rows = normalized((random.normal(size=(count, DIMENSION)) * spread).astype(np.float32))
    return unpack(pack(rows), DIMENSION)


def store(base: KnowledgeBase, rows: Vectors, name: str = "a") -> list[int]:
    document = Document.objects.create(knowledge_base=base, name=name)
    chunks = Chunk.objects.bulk_create(
        Chunk(document=document, knowledge_base=base, position=position, text="", terms="")
        for position in range(len(rows))
    )
    ChunkVectors.objects.bulk_create(
        ChunkVectors(
            chunk=chunk,
            knowledge_base=base,
            model=MODEL,
            whole=pack(row[np.newaxis]),
            sentences=b"",
        )
        for chunk, row in zip(chunks, rows, strict=True)
    )
    return [chunk.rowid for chunk in chunks]
