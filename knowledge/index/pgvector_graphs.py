"""The graphs (HNSW) that lead to the nearest vectors in PostgreSQL: one for each large knowledge
base, so that what others store changes nothing. Which there are, the catalog tells."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from knowledge.index.pgvector_schema import TABLE

PREFIX = "knowledge_graph_"
# Seconds between two looks into the catalog: so much later, a process uses a new graph.
KEPT_S = 60

STORED = """
    SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = to_regclass(%s) AND starts_with(relname, %s)
"""


@dataclass(frozen=True, slots=True)
class Graph:
    base: UUID
    dimension: int

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.base.hex}_{self.dimension}"


def stored_graphs() -> dict[Graph, bool]:
    """Those that are there, and whether they are complete."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STORED, [TABLE, PREFIX])
        return {_parse(name): is_valid for name, is_valid in cursor.fetchall()}


def _parse(name: str) -> Graph:
    base, _, dimension = name.removeprefix(PREFIX).partition("_")
    return Graph(UUID(base), int(dimension))


class KnownGraphs:
    """The complete ones, as far as this process knows."""

    def __init__(self) -> None:
        self._kept: tuple[float, frozenset[Graph]] | None = None

    def all(self) -> frozenset[Graph]:
        kept = self._kept
        if kept is None or time.monotonic() - kept[0] > KEPT_S:
            found = (graph for graph, is_valid in stored_graphs().items() if is_valid)
            kept = self._kept = time.monotonic(), frozenset(found)
        return kept[1]

    def forget(self) -> None:
        self._kept = None


known_graphs = KnownGraphs()
