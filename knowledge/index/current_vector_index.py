"""The interface of an index by vectors, and which one is used."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from knowledge.embedding.vectors import Vectors
from knowledge.index.pgvector import has_graph, pgvector_index
from knowledge.index.vectors import memory_index
from knowledge.models import KnowledgeBase


class VectorIndex(Protocol):
    """All bases have vectors of one model."""

    def nearest(
        self,
        question: Vectors,
        bases: Sequence[KnowledgeBase],
        limit: int,
        among: Collection[int] | None = None,
    ) -> list[int]:
        """The rowids of the chunks that are most similar, the best first. `among`: only these."""

    def usual(self, bases: Sequence[KnowledgeBase], dimension: int) -> Vectors:
        """The mean of the vectors of these bases: what most chunks are about."""

    def forget(self, bases: Sequence[KnowledgeBase]) -> None:
        """Some chunks of these were deleted."""


def get_vector_index(bases: Sequence[KnowledgeBase]) -> VectorIndex:
    """The database's own, if it has one of these bases; else they are compared in memory."""
    return pgvector_index if has_graph(bases) else memory_index
