"""Building and dropping graphs. `test_with_pgvector` runs this on a server that has pgvector."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from pytest_django.fixtures import Settings

from knowledge.index import pgvector_upkeep
from knowledge.index.current_vector_index import get_vector_index
from knowledge.index.pgvector import pgvector_index
from knowledge.index.pgvector_graphs import Graph, known_graphs, stored_graphs
from knowledge.index.pgvector_schema import TABLE, column_dimensions
from knowledge.index.pgvector_upkeep import LOCK, GraphUpkeep
from knowledge.index.vectors import memory_index
from knowledge.models import KnowledgeBase
from knowledge.worker import Worker
from tests.support.stored_vectors import DIMENSION, random_vectors, store, with_vectors
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[KnowledgeBase]:
    """It has as many vectors as a graph takes."""
    if not column_dimensions():
        pytest.skip("The database has no pgvector")
    monkeypatch.setattr(pgvector_upkeep, "LEAST_VECTORS", 10)
    base = with_vectors(world.knowledge_base)
    store(base, random_vectors(10, seed=1))
    GraphUpkeep()._drop_useless()
    known_graphs.forget()
    yield base
    known_graphs.forget()


@contextmanager
def other_connection() -> Iterator[BaseDatabaseWrapper]:
    other = connection.copy()
    try:
        yield other
    finally:
        # Really, as when a worker is killed: the pool would keep it open.
        other.connection.close()
        other.close()


@contextmanager
def unfinished_write() -> Iterator[None]:
    """Building a graph waits for its end."""
    with other_connection() as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN ROW EXCLUSIVE MODE")
        try:
            yield
        finally:
            other.rollback()


def interrupt_building() -> None:
    """So a graph is left that is not complete, as if the worker had been killed."""
    with unfinished_write(), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20ms'")
        with pytest.raises(OperationalError):
            GraphUpkeep().run()
        cursor.execute("RESET lock_timeout")


def graph_of(base: KnowledgeBase) -> Graph:
    return Graph(base.pk, DIMENSION)


def test_a_graph_is_built_once(base: KnowledgeBase) -> None:
    GraphUpkeep().run()
    GraphUpkeep().run()
    assert stored_graphs() == {graph_of(base): True}


def test_a_small_base_has_none(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pgvector_upkeep, "LEAST_VECTORS", 11)
    GraphUpkeep().run()
    assert not stored_graphs()


def test_a_base_has_none_before_all_its_vectors_are_there(base: KnowledgeBase) -> None:
    base.vectors_due_since = timezone.now()
    base.save()
    GraphUpkeep().run()
    assert not stored_graphs()


def test_a_graph_that_is_not_complete_is_not_used_but_built_anew(base: KnowledgeBase) -> None:
    interrupt_building()
    assert stored_graphs() == {graph_of(base): False}
    assert get_vector_index([base]) is memory_index

    GraphUpkeep().run()

    assert stored_graphs() == {graph_of(base): True}
    assert get_vector_index([base]) is pgvector_index


def test_while_one_worker_builds_another_one_does_not(base: KnowledgeBase) -> None:
    with other_connection() as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        GraphUpkeep().run()
        assert not stored_graphs()
    # The other one's connection has ended, as if it had been killed.
    GraphUpkeep().run()
    assert stored_graphs() == {graph_of(base): True}


def test_the_graph_of_a_base_that_was_deleted_is_dropped(base: KnowledgeBase) -> None:
    GraphUpkeep().run()
    base.delete()
    GraphUpkeep().run()
    assert not stored_graphs()


def test_the_graph_of_another_length_of_vectors_is_dropped(base: KnowledgeBase) -> None:
    GraphUpkeep().run()
    base.embedding_dimension = DIMENSION + 1
    base.save()
    GraphUpkeep().run()
    assert not stored_graphs()


def test_building_ends_when_the_worker_is_told_to_stop(base: KnowledgeBase) -> None:
    upkeep = GraphUpkeep()

    def run() -> None:
        try:
            upkeep.run()
        finally:
            connection.close()

    with unfinished_write(), ThreadPoolExecutor(1) as thread:
        building = thread.submit(run)
        while not stored_graphs():
            assert not building.done()
        upkeep.stop()
        building.result()
    assert stored_graphs() == {graph_of(base): False}


def test_what_is_changed_for_building_is_as_before_afterwards(base: KnowledgeBase) -> None:
    before = _build_memory()
    GraphUpkeep().run()
    assert _build_memory() == before


def test_the_worker_builds_graphs(base: KnowledgeBase, settings: Settings) -> None:
    settings.EMBEDDING_MODEL = "none"
    asyncio.run(Worker().run_until_empty())
    assert stored_graphs() == {graph_of(base): True}


def test_a_worker_ends_although_a_graph_is_not_complete(
    base: KnowledgeBase, settings: Settings
) -> None:
    settings.EMBEDDING_MODEL = "none"

    def graphs() -> dict[Graph, bool]:
        try:
            return stored_graphs()
        finally:
            connection.close()

    async def run_until_it_builds() -> None:
        worker = Worker()
        running = asyncio.create_task(worker.run_until_empty())
        while not await asyncio.to_thread(graphs):
            assert not running.done()
        worker.stop()
        await running

    with unfinished_write():
        asyncio.run(run_until_it_builds())
    assert stored_graphs() == {graph_of(base): False}


def _build_memory() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW maintenance_work_mem")
        return str(cursor.fetchone()[0])
