"""The queue of documents: turns of owners, claims, leases."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import timedelta
from threading import Semaphore, Thread

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from knowledge import claim_watch, reading, reading_queue
from knowledge.ingestion import read_again, read_now, upload
from knowledge.models import Document, KnowledgeBase
from knowledge.parsing.reader import Reader
from knowledge.parsing.reader_pool import ReaderPool
from knowledge.reading import read_claimed
from knowledge.reading_queue import Claim, claim
from tests.support.world import World

pytestmark = pytest.mark.database

TEA = b"# Tea\n\nHot."
LARGE = b"tea " * 70_000


def queue(base: KnowledgeBase, *names: str, content: bytes = TEA) -> list[Document]:
    return upload(base, [(name, ContentFile(content + name.encode())) for name in names])


def take() -> Claim:
    found = claim()
    assert found
    return found


def names_of(documents: Iterable[Document]) -> list[str]:
    return [document.name for document in documents]


def in_order() -> list[str]:
    return names_of(Document.objects.filter(rank__gte=0).order_by("rank", "pk"))


def end_lease(claimed: Claim) -> None:
    claimed.rows.update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def bobs(world: World) -> KnowledgeBase:
    return KnowledgeBase.objects.create(owner=world.bob.user, name="Bob's")


def test_owners_take_turns(world: World, bobs: KnowledgeBase) -> None:
    queue(world.knowledge_base, "a0", "a1", "a2", "a3")
    queue(bobs, "b0", "b1")
    ranks = Document.objects.order_by("rank", "name").values_list("rank", "name")
    assert list(ranks) == [(0, "a0"), (0, "b0"), (1, "a1"), (1, "b1"), (2, "a2"), (3, "a3")]


def test_an_owner_takes_one_turn_however_many_knowledge_bases_there_are(
    world: World, bobs: KnowledgeBase
) -> None:
    other = KnowledgeBase.objects.create(owner=world.alice.user, name="Other")
    queue(world.knowledge_base, "a0", "a1")
    queue(other, "a2", "a3")
    queue(bobs, "b0")
    assert Document.objects.get(name="a3").rank == 3
    assert Document.objects.get(name="b0").rank == 0


def test_a_late_owner_waits_for_one_turn_of_the_others(world: World, bobs: KnowledgeBase) -> None:
    queue(world.knowledge_base, *(f"a{number:03}" for number in range(100)), content=LARGE)
    for _ in range(10):
        read_claimed_as_failed(take())
    queue(bobs, "b0")
    assert "b0" in in_order()[:2]
    queue(world.knowledge_base, "a_late")
    assert in_order()[-1] == "a_late"


def read_claimed_as_failed(claimed: Claim) -> None:
    claimed.rows.update(status="failed", **reading_queue.NOT_WAITING)


def test_small_documents_are_claimed_together_and_large_ones_alone(world: World) -> None:
    queue(world.knowledge_base, *(f"small{number:02}" for number in range(70)))
    queue(world.knowledge_base, "x_large", "y_large", content=LARGE)
    sizes = []
    while claimed := claim():
        sizes.append(len(claimed.documents))
    assert sizes == [64, 6, 1, 1]


def test_what_was_tried_before_is_claimed_alone(world: World) -> None:
    queue(world.knowledge_base, "a", "b", "c")
    end_lease(take())
    assert reading_queue.queue_lost() == 3
    queue(world.knowledge_base, "d", "e")
    sizes = []
    while claimed := claim():
        sizes.append(len(claimed.documents))
    assert sizes == [1, 1, 1, 2]


def test_a_document_is_claimed_once(world: World) -> None:
    queue(world.knowledge_base, "tea.md")
    assert names_of(take().documents) == ["tea.md"]
    assert claim() is None


def test_busy_owners_wait(world: World, bobs: KnowledgeBase) -> None:
    queue(world.knowledge_base, "a0")
    queue(bobs, "b0")
    claimed = claim(busy_owners=[world.alice.user.pk])
    assert claimed
    assert names_of(claimed.documents) == ["b0"]
    assert claim(busy_owners=[world.alice.user.pk]) is None


def test_what_a_lost_worker_claimed_is_read_by_another(world: World) -> None:
    [document] = queue(world.knowledge_base, "tea.md")
    lost = take()
    assert reading_queue.queue_lost() == 0
    end_lease(lost)
    assert reading_queue.queue_lost() == 1

    again = take()
    read_claimed(lost)
    document.refresh_from_db()
    assert (document.status, document.chunks.count()) == ("reading", 0)
    read_claimed(again)
    document.refresh_from_db()
    assert (document.status, document.chunk_count, document.chunks.count()) == ("ready", 1, 1)
    assert document.attempts == 2


def test_a_renewed_claim_is_not_lost(world: World) -> None:
    queue(world.knowledge_base, "tea.md")
    claimed = take()
    end_lease(claimed)
    reading_queue.renew(claimed)
    assert reading_queue.queue_lost() == 0
    assert not claimed.lost.is_set()


def test_a_document_that_ends_its_worker_three_times_fails(world: World) -> None:
    [document] = queue(world.knowledge_base, "tea.md")
    for _ in range(reading_queue.MAX_ATTEMPTS):
        end_lease(take())
        reading_queue.queue_lost()
    document.refresh_from_db()
    assert document.problem == "Reading the file ended its worker three times."
    assert claim() is None

    read_again([document])
    read_now([document.pk])
    document.refresh_from_db()
    assert document.status == "ready"


def test_a_worker_that_stops_gives_back_what_it_has_not_read(world: World) -> None:
    [document] = queue(world.knowledge_base, "tea.md")
    claimed = take()
    reading_queue.give_back(claimed)
    assert claimed.lost.is_set()
    read_claimed(claimed)
    document.refresh_from_db()
    assert (document.status, document.attempts) == ("queued", 0)
    assert take().documents == [document]


def test_a_stopped_document_is_not_read_and_can_be_tried_again(world: World) -> None:
    first, second = queue(world.knowledge_base, "tea.md", "pot.md")
    reading_queue.stop([first])
    claimed = take()
    assert claimed.documents == [second]
    reading_queue.stop([second])
    reading_queue.renew(claimed)
    assert claimed.lost.is_set()
    claimed.lost.clear()
    read_claimed(claimed)
    second.refresh_from_db()
    assert (second.status, second.chunks.count()) == ("stopped", 0)

    assert read_again([first, second]) == 2
    read_now([first.pk, second.pk])
    assert set(Document.objects.values_list("status", flat=True)) == {"ready"}


def test_only_what_waits_or_is_read_can_be_stopped(world: World) -> None:
    [document] = queue(world.knowledge_base, "tea.md")
    read_now([document.pk])
    assert reading_queue.stop([document]) == 0
    document.refresh_from_db()
    assert document.status == "ready"


# A reader that is half through its file, and stays there.
STUCK = """
import os, sys
message = b'{"progress": 0.5}'
os.write(1, len(message).to_bytes(8, "big") + message)
sys.stdin.read()
"""


@pytest.mark.django_db(transaction=True)
def test_stopping_a_document_ends_at_once_what_parses_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ReaderPool(lambda: Reader([sys.executable, "-c", STUCK]))
    monkeypatch.setattr(reading, "pool", pool)
    [document] = queue(world.knowledge_base, "tea.md")
    claimed = take()
    thread = Thread(target=read_claimed_and_disconnect, args=[claimed])
    thread.start()
    while not document.progress:
        document.refresh_from_db()
    assert (document.status, document.note) == ("reading", "25 %")

    reading_queue.stop([document])
    claimed.woken.set()
    thread.join()
    assert not pool._readers
    document.refresh_from_db()
    assert (document.status, document.chunk_count) == ("stopped", 0)
    assert [event for _, event, _ in document.log] == ["queued", "reading", "stopped"]


def read_claimed_and_disconnect(claimed: Claim) -> None:
    read_claimed(claimed)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_log_and_the_progress_are_seen_while_a_document_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Semaphore(0)
    seen: list[Document] = []

    def give_up_lost(claimed: Claim) -> None:
        found(claimed)
        looks.release()

    def index_terms(text: str) -> str:
        # When the second look begins, what belongs to the first is written.
        looks.acquire()
        looks.acquire()
        seen.append(Document.objects.get())
        return text

    found = reading_queue.give_up_lost
    monkeypatch.setattr(reading_queue, "give_up_lost", give_up_lost)
    monkeypatch.setattr(claim_watch, "LOOK_S", 0.01)
    monkeypatch.setattr("knowledge.reading.index_terms", index_terms)
    queue(world.knowledge_base, "tea.md")
    read_claimed(take())

    assert (seen[0].status, seen[0].note) == ("reading", "50 %")
    assert [event for _, event, _ in seen[0].log] == ["queued", "reading", "indexing"]
    assert Document.objects.get().progress == 100
