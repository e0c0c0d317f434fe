"""The index by vectors, in the memory of a process."""

from __future__ import annotations

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from knowledge.index import vectors as index_module
from knowledge.index.vectors import MemoryVectorIndex
from knowledge.models import Chunk, KnowledgeBase
from tests.support.stored_vectors import DIMENSION, MODEL, random_vectors, store, with_vectors
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def base(world: World) -> KnowledgeBase:
    return with_vectors(world.knowledge_base)


def test_the_nearest_come_first(base: KnowledgeBase) -> None:
    rows = random_vectors(50, seed=1)
    chunks = store(base, rows)
    question = random_vectors(1, seed=2)

    expected = [chunks[place] for place in np.argsort(-(rows @ question[0]))[:5]]
    assert MemoryVectorIndex().nearest(question, [base], 5) == expected


def test_those_that_are_added_later_are_found(base: KnowledgeBase) -> None:
    index = MemoryVectorIndex()
    rows = random_vectors(20, seed=1)
    store(base, rows[:10])
    index.nearest(rows[:1], [base], 1)

    later = store(base, rows[10:], "b")

    for row, chunk in zip(rows[10:], later, strict=True):
        assert index.nearest(row[np.newaxis], [base], 1) == [chunk]


def test_only_the_chunks_of_named_documents_are_compared(base: KnowledgeBase) -> None:
    rows = random_vectors(10, seed=1)
    chunks = store(base, rows)

    assert MemoryVectorIndex().nearest(rows[:1], [base], 5, chunks[3:5]) in (
        [chunks[3], chunks[4]],
        [chunks[4], chunks[3]],
    )
    assert MemoryVectorIndex().nearest(rows[:1], [base], 5, []) == []


def test_many_are_found_as_if_all_were_compared_whole(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "MANY", 1_000)
    monkeypatch.setattr(index_module, "COMPARED_WHOLE", 200)
    rows = random_vectors(2_500, seed=1)
    chunks = store(base, rows[:2_000])
    index = MemoryVectorIndex()
    questions = random_vectors(20, seed=2)
    index.nearest(questions[:1], [base], 1)
    chunks += store(base, rows[2_000:], "b")

    for question in questions:
        expected = [chunks[place] for place in np.argsort(-(rows @ question))[:10]]
        found = index.nearest(question[np.newaxis], [base], 10)
        assert len(set(found) & set(expected)) >= 9


def test_a_base_that_was_forgotten_is_read_again(base: KnowledgeBase) -> None:
    index = MemoryVectorIndex()
    rows = random_vectors(3, seed=1)
    chunks = store(base, rows)
    assert index.nearest(rows[:1], [base], 1) == chunks[:1]

    Chunk.objects.filter(pk=chunks[0]).delete()
    index.forget([base])

    assert chunks[0] not in index.nearest(rows[:1], [base], 3)


def test_after_a_while_the_number_of_vectors_tells_that_some_are_gone(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = MemoryVectorIndex()
    rows = random_vectors(3, seed=1)
    chunks = store(base, rows)
    index.nearest(rows[:1], [base], 3)
    Chunk.objects.filter(pk=chunks[0]).delete()

    monkeypatch.setattr(index_module, "COUNT_S", 0)

    assert len(index.nearest(rows[:1], [base], 3)) == 2


def test_the_vectors_of_another_model_are_no_longer_compared(base: KnowledgeBase) -> None:
    index = MemoryVectorIndex()
    rows = random_vectors(3, seed=1)
    store(base, rows)
    index.nearest(rows[:1], [base], 3)
    base.embedding_model = "another"

    assert index.nearest(rows[:1], [base], 3) == []


def test_a_base_too_large_for_memory_is_not_read(base: KnowledgeBase, settings: Settings) -> None:
    rows = random_vectors(3, seed=1)
    store(base, rows)
    settings.MAX_VECTOR_BYTES = 2 * DIMENSION * 4

    assert MemoryVectorIndex().nearest(rows[:1], [base], 3) == []


def test_the_bases_that_were_searched_last_stay_in_memory(
    world: World, base: KnowledgeBase, settings: Settings
) -> None:
    other = KnowledgeBase.objects.create(
        owner=base.owner, name="other", embedding_model=MODEL, embedding_dimension=DIMENSION
    )
    rows = random_vectors(4, seed=1)
    store(base, rows)
    store(other, rows)
    settings.MAX_VECTOR_BYTES = 6 * DIMENSION * 4
    index = MemoryVectorIndex()

    index.nearest(rows[:1], [base, other], 1)

    assert list(index._bases) == [other.pk]


def test_what_is_usual_is_the_mean_of_those_in_memory(base: KnowledgeBase) -> None:
    index = MemoryVectorIndex()
    assert not index.usual([base], DIMENSION).any()
    rows = random_vectors(20, seed=1)
    store(base, rows)
    index.nearest(rows[:1], [base], 1)
    assert np.allclose(index.usual([base], DIMENSION), rows.mean(axis=0), atol=1e-5)
