"""Making the vectors that chunks lack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from knowledge.embedding import encoder, vector_writing
from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import ingest
from knowledge.models import Chunk, ChunkVectors, KnowledgeBase
from tests.support.fakes.embedding_server import EmbeddingServer, embedding_server
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]

TEA = b"# Tea\n\nGreen tea wants water of 80 degrees. It must steep.\n"


@pytest.fixture
def base(world: World) -> KnowledgeBase:
    ingest(world.knowledge_base, "tea.md", TEA)
    return world.knowledge_base


@pytest.fixture
def server(settings: Settings) -> Iterator[EmbeddingServer]:
    with embedding_server() as fake:
        settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = fake.url, "some-model"
        yield fake


def write_all() -> None:
    while write_some_vectors():
        pass


def test_chunks_get_vectors_after_they_are_read(base: KnowledgeBase) -> None:
    assert not ChunkVectors.objects.exists()

    write_all()

    base.refresh_from_db()
    assert (base.embedding_model, base.embedding_dimension) == (encoder.MODEL, encoder.DIMENSION)
    assert base.vectors_due_since is None
    assert base.vectors_lease_until is None
    [vectors] = ChunkVectors.objects.all()
    assert vectors.chunk == Chunk.objects.get()
    assert len(vectors.whole) == encoder.DIMENSION
    assert len(vectors.sentences) >= 2 * encoder.DIMENSION


def test_new_documents_get_vectors_and_deleted_ones_lose_them(base: KnowledgeBase) -> None:
    write_all()
    [before] = ChunkVectors.objects.all()

    ingest(base, "sky.md", b"# The sky\n\nThe Moon shows us one side.\n")
    write_all()
    assert ChunkVectors.objects.count() == 2

    base.documents.get(name="tea.md").delete()
    [left] = ChunkVectors.objects.all()
    assert left.pk > before.pk


def test_an_existing_base_gets_vectors_in_the_background(base: KnowledgeBase) -> None:
    """As after a migration: nothing was marked, but there is no model."""
    KnowledgeBase.objects.update(vectors_due_since=None, embedding_model="")

    write_all()

    assert ChunkVectors.objects.count() == Chunk.objects.count()


def test_another_model_embeds_anew(base: KnowledgeBase, server: EmbeddingServer) -> None:
    write_all()
    server.dimension = 4
    ingest(base, "sky.md", b"# The sky\n\nThe Moon shows us one side.\n")
    # The new vectors show that the server's model is another one: the old ones are made anew.
    write_all()

    base.refresh_from_db()
    assert (base.embedding_model, base.embedding_dimension) == ("some-model", 4)
    assert {len(each.whole) for each in ChunkVectors.objects.all()} == {4}
    assert ChunkVectors.objects.count() == 2


def test_the_name_of_another_model_embeds_anew(
    base: KnowledgeBase, server: EmbeddingServer, settings: Settings
) -> None:
    write_all()
    settings.EMBEDDING_BASE_URL = settings.EMBEDDING_MODEL = ""

    write_all()

    base.refresh_from_db()
    assert base.embedding_model == encoder.MODEL
    assert set(ChunkVectors.objects.values_list("model", flat=True)) == {encoder.MODEL}


def test_a_server_that_fails_is_asked_again_later(
    base: KnowledgeBase, server: EmbeddingServer
) -> None:
    server.status = 503
    assert not write_some_vectors()
    assert not write_some_vectors()
    assert len(server.requests) == 1

    server.status = 200
    KnowledgeBase.objects.update(vectors_lease_until=timezone.now() - timedelta(seconds=1))
    write_all()
    assert ChunkVectors.objects.exists()


def test_a_base_that_another_worker_has_is_left_to_it(base: KnowledgeBase) -> None:
    KnowledgeBase.objects.update(vectors_lease_until=timezone.now() + timedelta(minutes=1))

    assert not write_some_vectors()
    assert not ChunkVectors.objects.exists()


def test_without_a_model_there_are_no_vectors(base: KnowledgeBase, settings: Settings) -> None:
    settings.EMBEDDING_MODEL = "none"

    assert not write_some_vectors()
    assert not ChunkVectors.objects.exists()


def test_a_document_that_is_added_meanwhile_is_not_forgotten(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = vector_writing._complete

    def complete_late(*arguments: object) -> None:
        monkeypatch.setattr(vector_writing, "_complete", complete)
        ingest(base, "sky.md", b"# The sky\n\nThe Moon shows us one side.\n")
        complete(*arguments)  # type: ignore[arg-type] # handed through

    monkeypatch.setattr(vector_writing, "_complete", complete_late)
    write_all()

    assert ChunkVectors.objects.count() == 2
