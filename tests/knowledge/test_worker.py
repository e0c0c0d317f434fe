"""The worker, as a process: it reads what waits, and survives signals and `kill -9`."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

import knowledge.worker
from knowledge.ingestion import upload
from knowledge.models import Chunk, Document
from tests.support.server import POLL_S, ROOT, START_S, environment
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

TEXT = "\n\n".join(f"# Part {number}\n\nText {number}." for number in range(300)).encode()
PARTS = 300
# As long, so that one claim does not take forty of them, but with fewer passages.
LONG = b"\n\n".join([b"# Tea", *[b"Tea. " * 200] * 8])


def settings_of_worker(**settings: object) -> dict[str, str]:
    """The database and the originals of this test."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        host, port = database["HOST"], database["PORT"]
        url = (
            f"postgres://{database['USER']}:{database['PASSWORD']}@{host}:{port}/{database['NAME']}"
        )
    originals = storages["documents"].path("")
    data = Path(os.environ["RAGWS_DATA_DIR"])
    # Vectors are another matter, and take longer than reading.
    own = {"DATABASE_URL": url, "DOCUMENTS_DIR": originals, "EMBEDDING_MODEL": "none"}
    return environment(data, **own, **settings)


@contextmanager
def worker(*arguments: str, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", *arguments],
        cwd=ROOT,
        env=settings_of_worker(**settings),
        stdin=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdin
        process.stdin.close()


def read_what_waits() -> None:
    with worker("--once") as process:
        assert process.wait(START_S) == 0


def queue(world: World, *names: str, text: bytes = TEXT) -> list[Document]:
    files = [(name, ContentFile(text + name.encode())) for name in names]
    return upload(world.knowledge_base, files)


def wait_until_ready(documents: Sequence[Document]) -> None:
    """Polls: the other process tells this one nothing."""
    deadline = time.monotonic() + START_S
    ids = [document.pk for document in documents]
    while Document.objects.filter(pk__in=ids).exclude(status="ready").exists():
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


class Gate:
    """A named pipe in the place of an original: its reader stops in the middle of the file."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.path = Path(storages["documents"].path(document.new_file))
        self.original = folder / "original"
        shutil.move(self.path, self.original)
        os.mkfifo(self.path, 0o600)

    def wait_for_reader(self) -> int:
        """Returns when the worker has opened the file; it reads from the descriptor returned."""
        writer = os.open(self.path, os.O_WRONLY)
        os.write(writer, TEXT[:100])
        return writer

    def remove(self) -> None:
        self.path.unlink()
        shutil.move(self.original, self.path)


def test_a_worker_reads_what_waits(world: World) -> None:
    documents = queue(world, "tea.md", "pot.md")
    read_what_waits()
    assert set(Document.objects.values_list("status", flat=True)) == {"ready"}
    assert [document.chunks.count() for document in documents] == [PARTS, PARTS]


def test_what_a_killed_worker_was_reading_is_read_whole_and_once(
    world: World, tmp_path: Path
) -> None:
    [document] = queue(world, "tea.md")
    gate = Gate(document, tmp_path)
    with worker() as process:
        writer = gate.wait_for_reader()
        document.refresh_from_db()
        assert document.status == "reading"
        process.send_signal(signal.SIGKILL)
        process.wait()
    os.close(writer)
    gate.remove()
    assert Chunk.objects.count() == 0

    # Before the end of its lease it is left alone.
    read_what_waits()
    document.refresh_from_db()
    assert document.status == "reading"

    Document.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    read_what_waits()
    document.refresh_from_db()
    assert (document.status, document.attempts, document.chunk_count) == ("ready", 2, PARTS)
    assert list(document.chunks.values_list("position", flat=True)) == list(range(PARTS))
    assert [event for _, event, _ in document.log] == [
        *("queued", "lost", "reading", "indexing", "ready"),
    ]


def test_a_frozen_worker_that_wakes_up_late_writes_nothing(world: World, tmp_path: Path) -> None:
    [document] = queue(world, "tea.md")
    gate = Gate(document, tmp_path)
    with worker() as process:
        writer = gate.wait_for_reader()
        process.send_signal(signal.SIGSTOP)
        Document.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        gate.remove()
        read_what_waits()
        rows = list(Chunk.objects.values_list("pk", flat=True))

        process.send_signal(signal.SIGCONT)
        os.close(writer)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_S) == 0
    assert list(Chunk.objects.values_list("pk", flat=True)) == rows
    document.refresh_from_db()
    assert (document.status, document.chunk_count) == ("ready", len(rows))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_gives_back_what_it_reads(
    world: World, tmp_path: Path, number: signal.Signals
) -> None:
    [document] = queue(world, "tea.md")
    gate = Gate(document, tmp_path)
    with worker() as process:
        writer = gate.wait_for_reader()
        process.send_signal(number)
        while Document.objects.filter(status="reading").exists():
            assert process.poll() is None
            time.sleep(POLL_S)
        os.close(writer)
        assert process.wait(START_S) == 0
    gate.remove()
    document.refresh_from_db()
    assert (document.status, document.attempts, document.chunks.count()) == ("queued", 0, 0)
    read_what_waits()
    document.refresh_from_db()
    assert (document.status, document.chunk_count) == ("ready", PARTS)


def test_a_worker_ends_with_standard_input(world: World) -> None:
    with worker("--stdin") as process:
        assert process.stdin
        wait_until_ready(queue(world, "tea.md"))
        process.stdin.close()
        assert process.wait(START_S) == 0


def test_two_workers_share_the_queue_and_read_nothing_twice(world: World) -> None:
    documents = queue(world, *(f"tea{number}.md" for number in range(40)), text=LONG)
    with worker(), worker():
        wait_until_ready(documents)
    passages = set(Document.objects.values_list("chunk_count", flat=True))
    assert len(passages) == 1
    assert Chunk.objects.count() == 40 * passages.pop() > 40
    assert not Document.objects.exclude(attempts=1).exists()


def test_a_worker_sweeps_the_storage_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge.worker, "SWEEP_AFTER_S", 0)
    worker = knowledge.worker.Worker()
    swept: list[str] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await worker.run()

    def delete_orphans() -> int:
        swept.append(threading.current_thread().name)
        loops[0].call_soon_threadsafe(worker.stop)
        return 0

    monkeypatch.setattr(knowledge.worker, "delete_orphans", delete_orphans)
    asyncio.run(run())
    assert len(swept) == 1
