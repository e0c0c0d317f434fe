"""The worker that `serve` runs beside the server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.seeded_data import SeededData
from tests.support.server import POLL_S, ROOT, START_S, Server, environment

UPLOAD = """
import sys, django; django.setup()
from django.core.files.base import ContentFile
from knowledge.ingestion import upload
from knowledge.models import KnowledgeBase
base = KnowledgeBase.objects.get(name="Handbook")
upload(base, [(name, ContentFile(b"Hot.")) for name in sys.argv[1:]])
"""


@pytest.fixture
def server(data: Path, seeded: SeededData, tmp_path: Path) -> Iterator[Server]:
    own = tmp_path / "data"
    shutil.copytree(data, own)
    server = Server(own)
    server.has_worker = True
    server.start()
    yield server
    if server.process and server.process.poll() is None:
        server.kill()


def upload(server: Server, name: str) -> None:
    subprocess.run(
        [sys.executable, "-c", UPLOAD, name], cwd=ROOT, env=environment(server.data), check=True
    )


def wait_for_reader(server: Server, name: str) -> int:
    """The process that has read the document, once it has."""
    query = "SELECT log FROM knowledge_document WHERE name = ? AND status = 'ready'"
    deadline = time.monotonic() + START_S
    with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as database:
        while time.monotonic() < deadline:
            if found := database.execute(query, [name]).fetchone():
                [reader] = [line[2] for line in json.loads(found[0]) if line[1] == "reading"]
                return int(reader.rpartition(":")[2])
            time.sleep(POLL_S)
    raise AssertionError(server.log())


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + START_S
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_server_s_worker_reads_is_replaced_and_ends_with_the_server(server: Server) -> None:
    upload(server, "tea.md")
    first = wait_for_reader(server, "tea.md")
    assert first != server.pid

    os.kill(first, signal.SIGKILL)
    upload(server, "pot.md")
    second = wait_for_reader(server, "pot.md")
    assert second != first
    assert "The worker that reads documents ended (status -9)" in server.log()

    assert server.stop() == 0
    assert not is_running(second)


def test_the_worker_of_a_killed_server_ends(server: Server) -> None:
    upload(server, "tea.md")
    worker = wait_for_reader(server, "tea.md")
    server.kill()
    wait_for_end(worker)
