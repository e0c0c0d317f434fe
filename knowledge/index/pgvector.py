"""The index by vectors in PostgreSQL, if it has the extension `vector`. No process has to read the
vectors of a large knowledge base then, however many there are.
"""

# ruff: noqa: S608
# The queries are composed of the constants of this file, of numbers and of ids.

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models.functions import Mod

from knowledge.embedding.packing import unpack
from knowledge.embedding.vectors import Vectors
from knowledge.index.pgvector_graphs import Graph, known_graphs
from knowledge.index.pgvector_schema import COLUMN, TABLE
from knowledge.index.vectors import memory_index
from knowledge.models import ChunkVectors, KnowledgeBase

# How many chunks a search keeps in view: more find more of the nearest, and take longer.
IN_VIEW = 200
# One round trip, and one transaction. The base has to be named in the query itself: only then does
# PostgreSQL see that its graph will do. Without sorting, it cannot rather compare all vectors.
NEAREST = f"""
    SET LOCAL hnsw.ef_search = {IN_VIEW};
    SET LOCAL hnsw.iterative_scan = relaxed_order;
    SET LOCAL enable_sort = off;
    SELECT 1 - ({COLUMN}{{dimension}} <=> %(vector)s::halfvec), chunk_id FROM {TABLE}
    WHERE knowledge_base_id = '{{base}}' AND model = %(model)s
        AND {COLUMN}{{dimension}} IS NOT NULL
    ORDER BY {COLUMN}{{dimension}} <=> %(vector)s::halfvec LIMIT %(limit)s
"""
# The mean of so many vectors, drawn evenly, is that of all, and does not change quickly.
SAMPLE, STRIDE, KEPT_S, MAX_KEPT = 2_000, 97, 600, 1_000


class PgVectorIndex:
    """Searches bases that have a graph by that, and the others in memory."""

    def __init__(self) -> None:
        self._means: dict[tuple[frozenset[UUID], int], tuple[float, Vectors]] = {}

    def nearest(
        self,
        question: Vectors,
        bases: Sequence[KnowledgeBase],
        limit: int,
        among: Collection[int] | None = None,
    ) -> list[int]:
        """The rowids of the chunks that are most similar, the best first. `among`: only these, and
        then none is missed."""
        if among is not None:
            return memory_index.nearest(question, bases, limit, among)
        graphs = known_graphs.all()
        by_graph = [base for base in bases if _graph(base) in graphs]
        others = [base for base in bases if base not in by_graph]
        found = memory_index.similarities(question, others, limit)
        for base in by_graph:
            found += _nearest(question, base, limit)
        return [chunk for _, chunk in sorted(found, reverse=True)[:limit]]

    def usual(self, bases: Sequence[KnowledgeBase], dimension: int) -> Vectors:
        """The mean of the vectors of these bases: what most chunks are about."""
        key = frozenset(base.pk for base in bases), dimension
        computed_at, mean = self._means.get(key, (0.0, np.zeros(dimension, np.float32)))
        if not computed_at or time.monotonic() - computed_at > KEPT_S:
            mean = _mean(bases, dimension)
            if len(self._means) >= MAX_KEPT:
                self._means.clear()
            self._means[key] = time.monotonic(), mean
        return mean

    def forget(self, bases: Sequence[KnowledgeBase]) -> None:
        """Some chunks of these were deleted."""
        memory_index.forget(bases)


def has_graph(bases: Sequence[KnowledgeBase]) -> bool:
    """Whether one of them has."""
    return connection.vendor == "postgresql" and not known_graphs.all().isdisjoint(
        map(_graph, bases)
    )


def _graph(base: KnowledgeBase) -> Graph:
    return Graph(base.pk, base.embedding_dimension or 0)


def _nearest(question: Vectors, base: KnowledgeBase, limit: int) -> Iterator[tuple[float, int]]:
    dimension = base.embedding_dimension
    if dimension != question.shape[1]:
        return
    values: dict[str, str | int] = {
        "vector": f"[{','.join(map(str, question[0].tolist()))}]",
        "model": base.embedding_model,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(NEAREST.format(dimension=dimension, base=base.pk), values)
        while cursor.nextset():
            pass
        yield from cursor.fetchall()


def _mean(bases: Sequence[KnowledgeBase], dimension: int) -> Vectors:
    rows = ChunkVectors.objects.filter(
        knowledge_base__in=bases, model__in={base.embedding_model for base in bases}
    )
    # Of a long document some, whatever the order of uploads.
    sample = rows.order_by(Mod("id", STRIDE), "id").values("id")[:SAMPLE]
    packed = ChunkVectors.objects.filter(id__in=sample).values_list("whole", flat=True)
    data = b"".join(bytes(whole) for whole in packed)
    vectors = unpack(data, dimension)
    mean: Vectors = vectors.sum(axis=0) / np.float32(max(1, len(vectors)))
    return mean


pgvector_index = PgVectorIndex()
