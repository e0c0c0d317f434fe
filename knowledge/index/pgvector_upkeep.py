"""Builds the graphs of knowledge bases that have become large, and drops those that are of no use.

One worker at a time does so. If it is killed, the graph it was building is there but not complete:
the next one drops it, and builds it anew.
"""

# ruff: noqa: S608
# The statements are composed of constants, of numbers and of ids, never of other values.

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import OperationalError, connection

from knowledge.index.pgvector_graphs import Graph, known_graphs, stored_graphs
from knowledge.index.pgvector_schema import COLUMN, TABLE, column_dimensions
from knowledge.models import KnowledgeBase

logger = logging.getLogger(__name__)

# Vectors. Fewer are compared in memory, without missing any, in a millisecond or two.
LEAST_VECTORS = 10_000
# What building may take, in kB. With less than the graph needs, it takes several times as long.
BUILD_MEMORY_KB = 256 * 1024
# PostgreSQL's number of the lock that the one worker holds. Any will do.
LOCK = 7_201_934_460
CANCEL_S = 5

LARGE = f"""
    SELECT id, embedding_dimension FROM knowledge_knowledgebase AS base
    WHERE vectors_due_since IS NULL AND embedding_dimension = ANY(%s) AND EXISTS (
        SELECT FROM {TABLE} WHERE knowledge_base_id = base.id AND model = base.embedding_model
        OFFSET %s LIMIT 1
    )
"""
# Without `CONCURRENTLY`, vectors could not be stored while a graph is built, nor searched while one
# is dropped.
CREATE = f"""
    CREATE INDEX CONCURRENTLY {{name}} ON {TABLE}
    USING hnsw ({COLUMN}{{dimension}} halfvec_cosine_ops) WHERE knowledge_base_id = '{{base}}'
"""
DROP = "DROP INDEX CONCURRENTLY IF EXISTS {name}"
MORE_MEMORY = """
    SELECT set_config(name, greatest(setting::bigint, %s) || 'kB', false)
    FROM pg_settings WHERE name = 'maintenance_work_mem'
"""


class GraphUpkeep:
    def __init__(self) -> None:
        self._is_stopping = False
        self._session: psycopg.Connection | None = None

    def run(self) -> None:
        """May take minutes. Not in a transaction."""
        dimensions = column_dimensions()
        if not dimensions:
            return
        with _lock() as is_ours:
            if is_ours:
                self._session = connection.connection
                try:
                    self._drop_useless()
                    self._build_missing(dimensions)
                finally:
                    self._session = None
                    known_graphs.forget()

    def stop(self) -> None:
        """Ends what `run` does in another thread. The graph it builds will not be complete."""
        self._is_stopping = True
        if session := self._session:
            # The server may be out of reach; then building ends as well.
            with suppress(psycopg.Error):
                session.cancel_safe(timeout=CANCEL_S)

    def _drop_useless(self) -> None:
        stored = stored_graphs()
        bases = KnowledgeBase.objects.filter(pk__in={graph.base for graph in stored})
        dimensions = dict(bases.values_list("pk", "embedding_dimension"))
        for graph, is_valid in stored.items():
            if not is_valid or dimensions.get(graph.base) != graph.dimension:
                self._execute(DROP, graph)

    def _build_missing(self, dimensions: frozenset[int]) -> None:
        for graph in sorted(_large(dimensions) - set(stored_graphs()), key=lambda each: each.name):
            logger.info("Building the graph of knowledge base %s", graph.base.hex)
            self._execute(CREATE, graph)

    def _execute(self, statement: str, graph: Graph) -> None:
        if self._is_stopping:
            return
        values = {"name": graph.name, "base": graph.base, "dimension": graph.dimension}
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement.format(**values))
        except OperationalError:
            if not self._is_stopping:
                raise


def _large(dimensions: frozenset[int]) -> set[Graph]:
    """Of the bases that have all of their vectors, and many."""
    with connection.cursor() as cursor:
        cursor.execute(LARGE, [list(dimensions), LEAST_VECTORS - 1])
        return {Graph(base, dimension) for base, dimension in cursor.fetchall()}


@contextmanager
def _lock() -> Iterator[bool]:
    """Whether no other worker has it. The server frees it when the connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        is_ours = cursor.fetchone() == (True,)
        if is_ours:
            cursor.execute(MORE_MEMORY, [BUILD_MEMORY_KB])
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("RESET maintenance_work_mem")
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
