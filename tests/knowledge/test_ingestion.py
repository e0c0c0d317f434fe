"""Ingestion: a document is replaced as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from knowledge.ingestion import ingest
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.reading import reindex
from knowledge.search.retrieval import search
from tests.support.world import World

pytestmark = pytest.mark.database

TEA = b"# Tea\n\nSencha is brewed at seventy degrees.\n\n## Pots\n\nA kyusu has a handle."
PNG = b"\x89PNG\r\n\x1a\n"
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(64)


def found(world: World, question: str) -> list[str]:
    owner, base = world.alice.user.pk, world.knowledge_base.pk
    return [chunk.text for chunk in search(question, owner_id=owner, kb_ids=[base])]


def fail_with_full_disk(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    if 'INSERT INTO "knowledge_chunk"' in sql:
        raise OperationalError("database or disk is full")
    return execute(sql, *rest)


def test_a_file_becomes_a_document_with_chunks_that_are_found(world: World) -> None:
    document = ingest(world.knowledge_base, "tea.md", TEA)

    assert (document.name, document.title, document.size) == ("tea.md", "Tea", len(TEA))
    assert (document.status, document.problem, document.chunk_count) == ("ready", "", 2)
    assert list(document.chunks.values_list("position", "place", "text")) == [
        (0, "Tea", "Sencha is brewed at seventy degrees."),
        (1, "Tea › Pots", "A kyusu has a handle."),
    ]
    assert found(world, "kyusu") == ["A kyusu has a handle."]


def test_the_title_and_the_place_are_found_too(world: World) -> None:
    ingest(world.knowledge_base, "green_leaves.txt", b"It is hot.")
    ingest(world.knowledge_base, "tea.md", TEA)

    assert found(world, "leaves") == ["It is hot."]
    assert found(world, "pots") == ["A kyusu has a handle."]
    assert list(Chunk.objects.values_list("title_terms", flat=True)) == [
        *("green leav", "tea", "tea pot"),
    ]


def test_the_same_name_again_replaces(world: World) -> None:
    first = ingest(world.knowledge_base, "tea.md", TEA)
    second = ingest(world.knowledge_base, "tea.md", b"Matcha is a powder.")

    assert second.pk == first.pk
    assert (second.chunk_count, second.title) == (1, "")
    assert Chunk.objects.count() == 1
    assert found(world, "kyusu") == []
    assert found(world, "matcha") == ["Matcha is a powder."]


def test_the_same_name_in_another_knowledge_base_is_another_document(world: World) -> None:
    other = KnowledgeBase.objects.create(owner=world.bob.user, name="Handbook")
    ingest(world.knowledge_base, "tea.md", TEA)
    ingest(other, "tea.md", b"Bob's own.")

    assert Document.objects.count() == 2
    assert Document.objects.owned_by(world.bob.user).get().chunk_count == 1
    assert KnowledgeBase.objects.owned_by(world.bob.user).get() == other


def test_the_same_content_again_changes_nothing(world: World) -> None:
    first = ingest(world.knowledge_base, "tea.md", TEA)
    rows = list(Chunk.objects.values_list("pk", flat=True))
    again = ingest(world.knowledge_base, "tea.md", TEA)

    assert (again.pk, again.updated_at) == (first.pk, first.updated_at)
    assert list(Chunk.objects.values_list("pk", flat=True)) == rows


def test_names_are_stored_in_one_spelling(world: World) -> None:
    composed = ingest(world.knowledge_base, "th\u00e9.md", TEA)
    decomposed = ingest(world.knowledge_base, "the\u0301\u202e.md", TEA)

    assert decomposed.pk == composed.pk
    assert len(ingest(world.knowledge_base, "x" * 300 + ".md", TEA).name) == 255


def test_a_file_that_cannot_be_read_is_a_failed_document(world: World) -> None:
    document = ingest(world.knowledge_base, "tea.pdf", PROGRAM)

    assert (document.status, document.chunk_count, document.size) == ("failed", 0, len(PROGRAM))
    assert document.problem == "This is a program, not a document with text."
    assert not document.chunks.exists()


def test_an_unreadable_version_leaves_the_earlier_one(world: World) -> None:
    ingest(world.knowledge_base, "tea.md", TEA)
    document = ingest(world.knowledge_base, "tea.md", PNG)

    assert (document.status, document.chunk_count) == ("failed", 2)
    assert document.problem.endswith("The version before it is still searched.")
    assert found(world, "kyusu")

    repaired = ingest(world.knowledge_base, "tea.md", TEA)
    assert (repaired.status, repaired.problem, repaired.chunk_count) == ("ready", "", 2)


def test_a_file_that_is_too_large_is_refused(world: World, settings: Settings) -> None:
    settings.MAX_DOCUMENT_BYTES = 1024
    document = ingest(world.knowledge_base, "tea.txt", b"tea " * 1000)
    assert document.problem == "The file is larger than a document may be (1.0\xa0KB)."
    assert document.size == 4000


def test_a_failed_write_leaves_the_earlier_version(world: World) -> None:
    ingest(world.knowledge_base, "tea.md", TEA)

    with connection.execute_wrapper(fail_with_full_disk), pytest.raises(OperationalError):
        ingest(world.knowledge_base, "tea.md", b"New.")
    assert Document.objects.get().chunk_count == Chunk.objects.count() == 2
    assert found(world, "kyusu")


@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_uploads_one_is_stored_whole(world: World) -> None:
    start = Barrier(2)
    versions = [b"\n\n".join([b"# %s" % word] * 300) for word in (b"red", b"blue")]

    def ingest_one(content: bytes) -> None:
        try:
            start.wait()
            ingest(world.knowledge_base, "tea.md", content)
        finally:
            connection.close()

    threads = [Thread(target=ingest_one, args=[content]) for content in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    document = Document.objects.get()
    texts = list(document.chunks.values_list("text", flat=True))
    assert texts in (["red"] * 300, ["blue"] * 300)
    assert (document.status, document.chunk_count) == ("ready", 300)


def test_reindexing_computes_the_terms_again(world: World) -> None:
    document = ingest(world.knowledge_base, "tea.md", TEA)
    terms = list(document.chunks.values_list("terms", "title_terms"))
    document.chunks.update(terms="old", title_terms="old")

    reindex(document)
    assert list(document.chunks.values_list("terms", "title_terms")) == terms
    assert found(world, "kyusu")
