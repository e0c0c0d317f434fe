"""An answer begun on the socket, continued as events and ended by polling, cut at any byte: the
text is the same, byte for byte, also across two servers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.redis_server import running_redis
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running_servers
from tests.support.sse_client import http_client

SEEDS = range(3)
SCRIPTS = "many-scripts"
LIVE = "bench n=400 rate=400"


@pytest.fixture(scope="module")
def pair(data: Path, seeded: SeededData, model: dict[str, str]) -> Iterator[list[Server]]:
    with (
        running_redis() as redis,
        running_servers(data, KINDS, REDIS_URL=redis.url, **model) as servers,
    ):
        yield servers


async def begun_on_the_socket(
    server: Server, seeded: SeededData, chat_id: str, frames: int
) -> dict[str, Any]:
    """The first frames of an answer; then the socket is closed."""
    text = ""
    async with open_client(server.ws + CHAT, seeded.token) as socket:
        await socket.send(chat_id=chat_id, question=LIVE)
        for _ in range(frames):
            chunk = (await socket.chunk())["data"]
            text += chunk["answer"]
    return {**chunk, "answer": text}


async def whole_text(server: Server, seeded: SeededData, answer_id: str) -> str:
    async with open_client(server.ws + CHAT, seeded.token) as socket:
        received = await socket.ask(type="resume", id=answer_id)
    assert received.completion["status"] == "complete"
    return received.text


async def read_in_pieces(
    servers: list[Server], seeded: SeededData, chat_id: str, chance: random.Random
) -> tuple[str, str]:
    """The text as it was received on the socket, as events cut three times, and by polling; and
    the answer's id."""
    first = await begun_on_the_socket(servers[0], seeded, chat_id, chance.randint(1, 3))
    text, offset = first["answer"], str(first["offset"])
    address = f"/api/v1/answers/{first['id']}"
    others = cycle(servers[::-1])
    for _ in range(3):
        async with http_client(next(others).http, seeded.token) as client:
            reader = await client.events_until(
                "GET",
                f"{address}/events",
                chance.randint(1, 4000),
                headers={"Last-Event-ID": offset},
            )
        text, offset = text + reader.text, reader.last_id or offset
    status = "pending"
    while status == "pending":
        async with http_client(next(others).http, seeded.token) as client:
            state = await client.get(address, offset=offset, wait=20)
        text, offset, status = text + state["answer"], str(state["offset"]), state["status"]
    return text, first["id"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", ["", SCRIPTS], ids=["live", SCRIPTS])
async def test_on_one_server(server: Server, seeded: SeededData, scenario: str, seed: int) -> None:
    chat_id = seeded.model_chat_ids.get(scenario, seeded.load_chat_id)
    text, answer_id = await read_in_pieces([server], seeded, chat_id, random.Random(seed))
    assert text == await whole_text(server, seeded, answer_id)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", ["", SCRIPTS], ids=["live", SCRIPTS])
async def test_on_two_servers(
    pair: list[Server], seeded: SeededData, scenario: str, seed: int
) -> None:
    servers = pair[:: 1 if seed % 2 else -1]
    chat_id = seeded.model_chat_ids.get(scenario, seeded.load_chat_id)
    text, answer_id = await read_in_pieces(servers, seeded, chat_id, random.Random(seed))
    assert text == await whole_text(servers[0], seeded, answer_id)


async def test_begun_as_events_and_stopped_on_the_other_server(
    pair: list[Server], seeded: SeededData
) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=20000 rate=40"}
    async with (
        http_client(pair[0].http, seeded.token) as asker,
        http_client(pair[1].http, seeded.token) as other,
    ):
        async with asker.stream("POST", "/v1/conversation/completion", json=question) as (
            _,
            reader,
            pieces,
        ):
            async for piece in pieces:
                reader.feed(piece)
                if len(reader.frames) == 1:
                    address = f"/api/v1/answers/{reader.frames[0]['data']['id']}"
                    assert (await other.post(f"{address}/stop"))["status"] == "stopped"
        assert reader.completion["status"] == "stopped"
        whole = await other.events("GET", f"{address}/events")
    assert whole.text == reader.text
