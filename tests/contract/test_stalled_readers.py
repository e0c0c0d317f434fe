"""A client that does not read costs no memory, is closed in the end, and can resume."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.process_memory import peak_growth
from tests.support.seeded_data import SeededData
from tests.support.server import ROOT, Server, environment, running
from tests.support.slow_socket import CLOSE, TEXT, SlowSocket, close_of

# On a busy machine the reader resumes too late for the close frame: the connection is cut.
pytestmark = pytest.mark.alone
STALLED_S = 2
# One frame each, ten megabytes together: more than all buffers on the way hold.
TOKENS = 60_000
TEN_MB = 10_000_000
MIB = 1024 * 1024


@pytest.fixture(params=KINDS)
def own_server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param, STALLED_READER_S=STALLED_S) as server:
        yield server


@pytest.fixture(params=KINDS)
def flood(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The port and process id of a server that sends 60 MB to each client."""
    command = [sys.executable, "-m", "tests.support.flood_app", request.param]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield int(process.stdout.readline()), process.pid
        process.terminate()


async def test_sixty_unread_megabytes_are_not_buffered(flood: tuple[int, int]) -> None:
    port, pid = flood
    with closing(SlowSocket(port, "/")) as reader:
        growth = await peak_growth(pid, asyncio.sleep(STALLED_S + 1))
        *texts, (opcode, payload) = reader.frames()
    assert growth < 2 * MIB
    assert opcode == CLOSE
    assert close_of(payload) == (1008, "Nothing was read")
    assert {len(text) for _, text in texts} == {2000}


async def test_a_client_that_reads_receives_everything(flood: tuple[int, int]) -> None:
    port, _ = flood
    with closing(SlowSocket(port, "/")) as reader:
        *texts, (_, payload) = reader.frames()
    assert close_of(payload) == (1000, "All sent")
    assert sum(len(text) for _, text in texts) == 60_000_000


async def test_a_stalled_client_is_closed_and_can_resume(
    own_server: Server, seeded: SeededData
) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": f"bench n={TOKENS}"}

    async def outlast_the_deadline(request_id: str) -> None:
        """Reads the whole answer elsewhere, then waits until the stalled reader is overdue."""
        async with open_client(own_server.ws + CHAT, seeded.token) as client:
            await client.ask(**question, request_id=request_id)
        await asyncio.sleep(STALLED_S + 1.5)

    # Warms up the memory that any answer of this size needs.
    await outlast_the_deadline("first")
    with closing(SlowSocket(own_server.port, f"{CHAT}?token={seeded.token}")) as reader:
        reader.send(**question, request_id="second")
        growth = await peak_growth(own_server.pid, outlast_the_deadline("second"))
        *texts, (opcode, payload) = reader.frames()
    # The allocator may keep some; the frames are not queued.
    assert growth < TEN_MB / 1.5
    assert opcode == CLOSE
    code, reason = close_of(payload)
    assert code == 1008
    assert reason

    received = [json.loads(text)["data"] for opcode, text in texts if opcode == TEXT]
    last = received[-1]
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        rest = await client.ask(type="resume", id=last["id"], offset=last["offset"])
        whole = await client.ask(type="resume", id=last["id"])
    assert "".join(data["answer"] for data in received) + rest.text == whole.text
    assert len(whole.text.split()) == TOKENS
