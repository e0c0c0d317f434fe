"""The index by vectors: those of the whole chunks of a knowledge base, in memory, all compared.

They are read when a knowledge base is first searched, and those that were added since with each
search: their ids are higher. Of those that were deleted a search finds rows that are not there any
more; then, and once a minute if their number has changed, all are read again.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from threading import Lock
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from numpy.typing import NDArray

from knowledge.embedding.packing import unpack
from knowledge.embedding.vectors import Vectors
from knowledge.models import ChunkVectors, KnowledgeBase

logger = logging.getLogger(__name__)

# Read from the database at once.
BATCH_SIZE = 4_096
# Seconds between two looks at the number of vectors.
COUNT_S = 60
# More vectors than these are compared by their largest components first: that reads a quarter of
# the memory, which is what takes the time. The best so many are compared whole.
MANY, COMPONENTS, COMPARED_WHOLE = 10_000, 128, 1_000
SAMPLE = 20_000


class BaseVectors:
    """The vectors of one knowledge base. Rows are added, never changed, so that a search may go on
    with those it saw."""

    def __init__(self, base: KnowledgeBase, count: int) -> None:
        self._base = base
        self._model = base.embedding_model
        self._dimension = base.embedding_dimension or 0
        self._last_id = 0
        self._counted_at = time.monotonic()
        self._size = 0
        self._chunks: NDArray[np.int64] = np.empty(count, np.int64)
        self._rows: Vectors = np.empty((count, self._dimension), np.float32)
        self._sum: Vectors = np.zeros(self._dimension, np.float32)
        # The directions in which the vectors differ most, and the rows along them.
        self._directions: Vectors | None = None
        self._heads: Vectors = np.empty((0, COMPONENTS), np.float32)

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes + self._heads.nbytes

    @property
    def sum_and_size(self) -> tuple[Vectors, int]:
        return self._sum, self._size

    def is_of(self, base: KnowledgeBase) -> bool:
        """Whether it has vectors of the model that the knowledge base has now."""
        now = base.embedding_model, base.embedding_dimension
        return (self._model, self._dimension) == now

    def has_lost_some(self) -> bool:
        if time.monotonic() - self._counted_at < COUNT_S:
            return False
        self._counted_at = time.monotonic()
        return self._stored().count() != self._size

    def read_new(self) -> None:
        for last_id, chunks, rows in self._new():
            self._append(chunks, rows)
            self._last_id = last_id

    def nearest(
        self, question: Vectors, limit: int, among: Collection[int] | None
    ) -> list[tuple[float, int]]:
        """Similarities and chunks, in no order."""
        rows, chunks, heads = self._rows[: self._size], self._chunks[: self._size], self._heads
        vector = question[0]
        places: NDArray[np.intp] | None = None
        if among is not None:
            places = np.flatnonzero(np.isin(chunks, np.fromiter(among, np.int64)))
        elif self._directions is not None:
            rough = heads[: len(rows)] @ (self._directions.T @ vector)
            places = _highest(rough, COMPARED_WHOLE)
        scores = rows @ vector if places is None else rows[places] @ vector
        best = _highest(scores, limit)
        found = chunks[best] if places is None else chunks[places[best]]
        return list(zip(scores[best].tolist(), found.tolist(), strict=True))

    def _stored(self) -> QuerySet[ChunkVectors]:
        return ChunkVectors.objects.filter(knowledge_base=self._base, model=self._model)

    def _new(self) -> Iterator[tuple[int, Sequence[int], Vectors]]:
        rows = self._stored().order_by("id").values_list("id", "chunk_id", "whole")
        # Not an iterator: that takes several round trips, even if there is nothing.
        while batch := list(rows.filter(id__gt=self._last_id)[:BATCH_SIZE]):
            data = b"".join(bytes(whole) for _, _, whole in batch)
            yield batch[-1][0], [chunk for _, chunk, _ in batch], unpack(data, self._dimension)
            if len(batch) < BATCH_SIZE:
                break

    def _append(self, chunks: Sequence[int], rows: Vectors) -> None:
        end = self._size + len(rows)
        if end > len(self._rows):
            capacity = end + end // 8
            self._rows = _grown(self._rows, capacity)
            self._chunks = _grown(self._chunks, capacity)
        self._rows[self._size : end], self._chunks[self._size : end] = rows, chunks
        self._append_heads(end)
        self._sum = self._sum + rows.sum(axis=0)
        self._size = end

    def _append_heads(self, end: int) -> None:
        if self._directions is None:
            if end < MANY or self._dimension <= 2 * COMPONENTS:
                return
            self._directions = _main_directions(self._rows[:end])
            self._heads = np.empty((len(self._rows), COMPONENTS), np.float32)
            start = 0
        else:
            start = self._size
        if end > len(self._heads):
            self._heads = _grown(self._heads, len(self._rows))
        self._heads[start:end] = self._rows[start:end] @ self._directions


class MemoryVectorIndex:
    """The vectors in this process, of the knowledge bases that were searched last."""

    def __init__(self) -> None:
        self._bases: OrderedDict[UUID, BaseVectors] = OrderedDict()
        self._lock = Lock()

    def nearest(
        self,
        question: Vectors,
        bases: Sequence[KnowledgeBase],
        limit: int,
        among: Collection[int] | None = None,
    ) -> list[int]:
        """The rowids of the chunks that are most similar, the best first. `among`: only these."""
        found = self.similarities(question, bases, limit, among)
        return [chunk for _, chunk in sorted(found, reverse=True)[:limit]]

    def similarities(
        self,
        question: Vectors,
        bases: Sequence[KnowledgeBase],
        limit: int,
        among: Collection[int] | None = None,
    ) -> list[tuple[float, int]]:
        """The most similar chunks of each base with their similarities, in no order."""
        found: list[tuple[float, int]] = []
        for base in bases:
            if base.embedding_dimension == question.shape[1] and (vectors := self._of(base)):
                found += vectors.nearest(question, limit, among)
        return found

    def usual(self, bases: Sequence[KnowledgeBase], dimension: int) -> Vectors:
        """The mean of the vectors of these bases: what most chunks are about."""
        with self._lock:
            held = [self._bases[base.pk].sum_and_size for base in bases if base.pk in self._bases]
        size = sum(count for _, count in held)
        total = sum((each for each, _ in held), np.zeros(dimension, np.float32))
        mean: Vectors = total / np.float32(max(1, size))
        return mean

    def forget(self, bases: Sequence[KnowledgeBase]) -> None:
        """Some chunks of these were deleted."""
        with self._lock:
            for base in bases:
                self._bases.pop(base.pk, None)

    def _of(self, base: KnowledgeBase) -> BaseVectors | None:
        with self._lock:
            vectors = self._bases.pop(base.pk, None)
            if vectors is None or not vectors.is_of(base) or vectors.has_lost_some():
                vectors = _read(base)
            if vectors is None:
                return None
            vectors.read_new()
            self._bases[base.pk] = vectors
            while sum(each.nbytes for each in self._bases.values()) > settings.MAX_VECTOR_BYTES:
                self._bases.popitem(last=False)
            return vectors


def _read(base: KnowledgeBase) -> BaseVectors | None:
    stored = ChunkVectors.objects.filter(knowledge_base=base, model=base.embedding_model)
    count = stored.count()
    needed = count * (base.embedding_dimension or 0) * np.dtype(np.float32).itemsize
    if needed > settings.MAX_VECTOR_BYTES:
        logger.warning(
            "The vectors of knowledge base %s take %d bytes, more than MAX_VECTOR_BYTES: it is "
            "searched by words only",
            base.pk.hex,
            needed,
        )
        return None
    return BaseVectors(base, count)


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The places of the highest scores, in no order."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(scores, -count)[-count:]


def _main_directions(rows: Vectors) -> Vectors:
    """The eigenvectors of the largest eigenvalues, as columns, of a sample of the rows."""
    sample = rows[:: max(1, len(rows) // SAMPLE)]
    _, directions = np.linalg.eigh(sample.T @ sample)
    found: Vectors = np.ascontiguousarray(directions[:, -COMPONENTS:])
    return found


def _grown(array: NDArray, capacity: int) -> NDArray:  # type: ignore[type-arg]
    larger = np.empty((capacity, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


memory_index = MemoryVectorIndex()
