"""The index by vectors in PostgreSQL. `test_with_pgvector` runs this on a server that has one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from django.db import connection

from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.index import pgvector_schema, pgvector_upkeep
from knowledge.index.current_vector_index import get_vector_index
from knowledge.index.pgvector import PgVectorIndex, pgvector_index
from knowledge.index.pgvector_graphs import known_graphs
from knowledge.index.pgvector_schema import column_dimensions
from knowledge.index.pgvector_upkeep import GraphUpkeep
from knowledge.index.vectors import memory_index
from knowledge.ingestion import ingest
from knowledge.models import Chunk, ChunkVectors, KnowledgeBase
from knowledge.search.retrieval import search
from tests.support.stored_vectors import DIMENSION, MODEL, random_vectors, store, with_vectors
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[KnowledgeBase]:
    if not column_dimensions():
        pytest.skip("The database has no pgvector")
    monkeypatch.setattr(pgvector_upkeep, "LEAST_VECTORS", 10)
    known_graphs.forget()
    yield with_vectors(world.knowledge_base)
    known_graphs.forget()


@pytest.fixture
def other(base: KnowledgeBase) -> KnowledgeBase:
    return with_vectors(KnowledgeBase.objects.create(owner=base.owner, name="Other"))


def build() -> None:
    GraphUpkeep().run()


def test_it_is_used_if_a_base_is_large(base: KnowledgeBase, other: KnowledgeBase) -> None:
    store(base, random_vectors(10, seed=1))
    store(other, random_vectors(9, seed=2))
    build()
    assert get_vector_index([base]) is pgvector_index
    assert get_vector_index([other]) is memory_index
    assert get_vector_index([base, other]) is pgvector_index


def test_a_search_by_it_finds_what_a_question_means(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_upkeep, "LEAST_VECTORS", 1)
    ingest(base, "tea.md", b"# Tea\n\nGreen tea wants water of 80 degrees.\n")
    ingest(base, "sky.md", b"# The sky\n\nThe Moon always shows us the same side.\n")
    while write_some_vectors():
        pass
    build()
    monkeypatch.setattr(memory_index, "nearest", None)
    best, *_ = search("Wie heiss ist das Wasser?", owner_id=base.owner_id, kb_ids=[base.pk])
    assert best.document_name == "tea.md"
    assert best.vector_similarity > 0


def test_the_nearest_come_first(base: KnowledgeBase) -> None:
    rows = random_vectors(50, seed=1)
    chunks = store(base, rows)
    build()
    question = random_vectors(1, seed=2)

    expected = [chunks[place] for place in np.argsort(-(rows @ question[0]))[:5]]
    assert PgVectorIndex().nearest(question, [base], 5) == expected


def test_the_graph_finds_nearly_all_of_the_nearest(base: KnowledgeBase) -> None:
    rows = random_vectors(2_000, seed=1)
    chunks = store(base, rows[:1_000])
    build()
    chunks += store(base, rows[1_000:], "added later")

    for question in random_vectors(20, seed=2):
        expected = {chunks[place] for place in np.argsort(-(rows @ question))[:10]}
        found = PgVectorIndex().nearest(question[np.newaxis], [base], 10)
        assert len(expected & set(found)) >= 9


def test_the_graph_of_the_base_is_what_is_read(base: KnowledgeBase) -> None:
    store(base, random_vectors(100, seed=1))
    build()
    [graph] = known_graphs.all()
    before = _scans(graph.name)
    PgVectorIndex().nearest(random_vectors(1, seed=2), [base], 5)
    assert _scans(graph.name) == before + 1


def test_those_of_other_bases_take_no_place(world: World, base: KnowledgeBase) -> None:
    theirs = with_vectors(KnowledgeBase.objects.create(owner=world.bob.user, name="Theirs"))
    question = random_vectors(1, seed=1)
    store(theirs, np.repeat(question, 1_000, axis=0))
    mine = store(base, random_vectors(10, seed=2))
    build()
    assert {*PgVectorIndex().nearest(question, [base], 10)} == {*mine}


def test_several_bases_are_searched_as_one(base: KnowledgeBase, other: KnowledgeBase) -> None:
    rows = random_vectors(26, seed=1)
    small = with_vectors(KnowledgeBase.objects.create(owner=base.owner, name="Small"))
    chunks = store(base, rows[:10]) + store(other, rows[10:20]) + store(small, rows[20:])
    build()
    question = random_vectors(1, seed=2)

    expected = [chunks[place] for place in np.argsort(-(rows @ question[0]))[:15]]
    assert PgVectorIndex().nearest(question, [base, other, small], 15) == expected


def test_what_was_deleted_is_not_found(base: KnowledgeBase) -> None:
    rows = random_vectors(10, seed=1)
    chunks = store(base, rows)
    build()
    Chunk.objects.filter(pk=chunks[0]).delete()
    assert {*PgVectorIndex().nearest(rows[:1], [base], 10)} == {*chunks[1:]}


def test_only_the_chunks_of_named_documents_are_compared(base: KnowledgeBase) -> None:
    rows = random_vectors(10, seed=1)
    chunks = store(base, rows)
    build()
    assert {*PgVectorIndex().nearest(rows[:1], [base], 5, chunks[3:5])} == {*chunks[3:5]}
    assert PgVectorIndex().nearest(rows[:1], [base], 5, []) == []


def test_the_vectors_of_another_model_are_not_compared(base: KnowledgeBase) -> None:
    rows = random_vectors(10, seed=1)
    store(base, rows)
    build()
    base.embedding_model = "another"
    assert PgVectorIndex().nearest(rows[:1], [base], 3) == []


def test_what_is_usual_is_the_mean(base: KnowledgeBase) -> None:
    assert not PgVectorIndex().usual([base], DIMENSION).any()
    rows = random_vectors(20, seed=1)
    store(base, rows)
    assert np.allclose(PgVectorIndex().usual([base], DIMENSION), rows.mean(axis=0), atol=1e-5)


@pytest.fixture
def no_extension(base: KnowledgeBase) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION vector CASCADE")
    known_graphs.forget()
    yield
    pgvector_schema.install()


def test_without_the_extension_vectors_are_searched_in_memory(
    base: KnowledgeBase, no_extension: None
) -> None:
    store(base, random_vectors(10, seed=1))
    build()
    assert get_vector_index([base]) is memory_index
    assert ChunkVectors.objects.filter(model=MODEL).count() == 10


def test_vectors_that_were_there_before_are_indexed(
    base: KnowledgeBase, no_extension: None
) -> None:
    rows = random_vectors(10, seed=1)
    chunks = store(base, rows)

    pgvector_schema.install()
    pgvector_schema.install()
    build()

    assert get_vector_index([base]) is pgvector_index
    assert pgvector_index.nearest(rows[:1], [base], 1) == chunks[:1]


def test_a_role_that_may_not_create_the_extension_does_without(
    base: KnowledgeBase, no_extension: None
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain")
        cursor.execute("SET ROLE plain")
        pgvector_schema.install()
        cursor.execute("RESET ROLE")
        cursor.execute("DROP OWNED BY plain")
        cursor.execute("DROP ROLE plain")
    assert not column_dimensions()


def _scans(index: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = %s", [index])
        return int(cursor.fetchone()[0])
