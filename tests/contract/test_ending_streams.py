"""Readers of events whose server leaves or whose credential ends, and those that do not read."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import KINDS
from tests.support.process_memory import peak_growth
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import ROOT, Server, environment, running, running_servers
from tests.support.slow_socket import SlowHttp
from tests.support.sse_client import COMPLETION, HttpClient, http_client

LONG = "bench n=20000 rate=40"
STALLED_S = 1
# More than all buffers on the way hold.
TEN_MB = 10_000_000


@pytest.fixture(params=KINDS)
def own_server(
    request: pytest.FixtureRequest, data: Path, seeded: SeededData, model: dict[str, str]
) -> Iterator[Server]:
    with running(
        data, request.param, STALLED_READER_S=STALLED_S, SSE_KEEP_ALIVE_S=0.1, **model
    ) as server:
        yield server


async def address_of_a_long_answer(client: HttpClient, seeded: SeededData) -> str:
    question = {"chat_id": seeded.load_chat_id, "question": LONG}
    first = await client.events_until("POST", COMPLETION, 300, json=question)
    return f"/api/v1/answers/{first.frames[0]['data']['id']}"


@pytest.mark.parametrize("order", [1, -1])
async def test_read_on_elsewhere_when_the_server_leaves(
    data: Path, seeded: SeededData, redis: RedisServer, order: int
) -> None:
    with running_servers(data, KINDS, REDIS_URL=redis.url) as servers:
        writer, leaver = servers[::order]
        async with (
            http_client(writer.http, seeded.token) as staying,
            http_client(leaver.http, seeded.token) as leaving,
        ):
            address = await address_of_a_long_answer(staying, seeded)
            async with leaving.stream("GET", f"{address}/events") as (_, reader, pieces):
                async for piece in pieces:
                    if not reader.events:
                        assert leaver.process
                        leaver.process.terminate()
                    reader.feed(piece)
            assert leaver.wait() == 0
            last = reader.events[-1]
            assert last.name == "reconnect"
            assert 1000 <= int(last.retry) <= 5000
            assert last.data["code"] == 503
            assert "retry after" in last.data["message"]
            await staying.post(f"{address}/stop")
            headers = {"Last-Event-ID": reader.last_id}
            rest = await staying.events("GET", f"{address}/events", headers=headers)
            whole = await staying.events("GET", f"{address}/events")
        assert reader.text + rest.text == whole.text


async def test_a_server_that_leaves_lets_its_own_answers_end(
    own_server: Server, seeded: SeededData
) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=60 rate=60"}
    async with (
        http_client(own_server.http, seeded.token) as client,
        client.stream("POST", COMPLETION, json=question) as (_, reader, pieces),
    ):
        async for piece in pieces:
            if not reader.events:
                assert own_server.process
                own_server.process.terminate()
            reader.feed(piece)
    assert reader.completion["status"] == "complete"
    assert len(reader.text.split()) == 60
    assert own_server.wait() == 0


def token_of(server: Server) -> str:
    return manage(server, "createtoken", "alice", "--name", "lost").strip()


def manage(server: Server, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(server.data, **server.settings),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
async def test_a_revoked_token_ends_what_it_reads(
    data: Path, seeded: SeededData, redis: RedisServer, kind: str
) -> None:
    with running(data, kind, REDIS_URL=redis.url) as server:
        token = token_of(server)
        async with (
            http_client(server.http, seeded.token) as asker,
            http_client(server.http, token) as reading,
        ):
            address = await address_of_a_long_answer(asker, seeded)
            async with reading.stream("GET", f"{address}/events") as (_, reader, pieces):
                async for piece in pieces:
                    if not reader.events:
                        manage(server, "revoketoken", token)
                    reader.feed(piece)
            assert reader.frames[-1]["code"] == 401
            assert "revoked" in reader.frames[-1]["message"]
            assert (await reading.http.get(f"{address}/events")).status_code == 401
            await asker.post(f"{address}/stop")


async def test_silence_is_filled_with_comments(own_server: Server, seeded: SeededData) -> None:
    async with http_client(own_server.http, seeded.token) as client:
        received = await client.ask(chat_id=seeded.model_chat_ids["silent"], question=QUESTION)
    assert sum(event.comment for event in received.events) >= 3
    assert received.completion["status"] == "failed"


@pytest.mark.alone
async def test_a_reader_that_does_not_read_costs_no_memory_and_is_cut(
    own_server: Server, seeded: SeededData
) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=60000"}

    async def outlast_the_deadline(request_id: str) -> None:
        """Reads the whole answer elsewhere, then waits until the stalled reader is overdue."""
        async with http_client(own_server.http, seeded.token) as client:
            await client.ask(**question, request_id=request_id)
        await asyncio.sleep(STALLED_S + 1)

    # Warms up the memory that any answer of this size needs.
    await outlast_the_deadline("first")
    stalled = {**question, "request_id": "second"}
    with SlowHttp(own_server.port, COMPLETION, seeded.token, stalled) as reader:
        reader.wait_for_head()
        growth = await peak_growth(own_server.pid, outlast_the_deadline("second"))
        received = reader.rest()
    # The allocator may keep some; the events are not queued.
    assert growth < TEN_MB / 1.5
    assert b'"data":true' not in received, "it was cut before the end"
