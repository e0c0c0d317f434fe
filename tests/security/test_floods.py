"""Floods are limited as the protocol says, and an honest client gets its whole answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.contract.conftest import CHAT, KINDS
from tests.support.attacker import TEXT, Attacker, frame, handshake
from tests.support.frame_client import FrameClient, open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server, running

# The attackers' addresses, each with its own limits; other clients use 127.0.0.1.
ONE, ANOTHER = "127.0.0.5", "127.0.0.6"
HANDSHAKES, CROWD = 40, 120
FRAMES_A_SECOND, BURST_S = 20, 5
TOKENS = 300
HONEST_QUESTION = f"bench n={TOKENS} rate=150"


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    limits = {"ADDRESS_HANDSHAKES_PER_MINUTE": HANDSHAKES, "MAX_FRAMES_PER_S": FRAMES_A_SECOND}
    with running(data, request.param, **limits) as server:
        yield server


@asynccontextmanager
async def honest_client(server: Server, seeded: SeededData) -> AsyncIterator[None]:
    """A client that asks before the flood and has its whole answer afterwards."""
    async with open_client(server.ws + CHAT, seeded.token) as client:
        await client.send(chat_id=seeded.load_chat_id, question=HONEST_QUESTION)
        await client.chunk()
        resting = asyncio.create_task(client.rest())
        yield
        received = await resting
    assert received.completion["status"] == "complete"
    assert received.errors == []
    # The first token was read before.
    assert len(received.text.split()) == TOKENS - 1


def connected_from(address: str, server: Server, token: str) -> connect:
    return connect(f"{server.ws}{CHAT}?token={token}", local_addr=(address, 0))


async def test_a_flood_of_handshakes_is_limited(server: Server, seeded: SeededData) -> None:
    async def connect_once() -> tuple[int, int | None]:
        async with connected_from(ONE, server, seeded.bobs_token) as socket:
            client = FrameClient(socket)
            with suppress(ConnectionClosed):
                await client.send(type="ping")
            code = (await client.frame())["code"]
            return code, (await client.closed())[0] if code else None

    async with honest_client(server, seeded):
        came = await asyncio.gather(*(connect_once() for _ in range(CROWD)))
    assert sorted(came, key=str) == [(0, None)] * HANDSHAKES + [(429, 1008)] * (CROWD - HANDSHAKES)


async def test_a_flood_of_messages_is_limited(server: Server, seeded: SeededData) -> None:
    kinds = [
        {"type": "chat"},
        {"chat_id": "0" * 32, "question": "Is anybody there?"},
        {"chat_id": seeded.bobs["chat_id"], "question": QUESTION},
    ]
    loop = asyncio.get_running_loop()
    async with connected_from(ANOTHER, server, seeded.bobs_token) as socket:
        began = loop.time()
        async with honest_client(server, seeded):
            flooding = asyncio.create_task(flood(socket, kinds * 200))
            replies, code = await read_for(socket, 1.5)
        flooding.cancel()
        # The server would not read the close frame for a while.
        socket.transport.abort()
        at_most = FRAMES_A_SECOND * (BURST_S + loop.time() - began)
    refused = [reply["code"] for reply in replies if reply["code"]]
    assert set(refused) <= {400, 404, 429}
    assert len(refused) <= at_most + 1
    # uvicorn stops reading, daphne closes.
    assert code == (1008 if server.kind == "daphne" else None)


async def flood(socket: ClientConnection, messages: list[dict[str, str]]) -> None:
    with suppress(ConnectionClosed):
        for message in messages:
            await socket.send(json.dumps(message))


async def read_for(socket: ClientConnection, seconds: float) -> tuple[list[Any], int | None]:
    """The frames of that time, and the close code if the socket was closed."""
    received = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                received.append(json.loads(await socket.recv()))
    except TimeoutError:
        return received, None
    except ConnectionClosed:
        return received, socket.close_code


def test_a_flood_on_a_closed_socket_is_cut_off(server: Server) -> None:
    """The client goes on sending after the close frame."""
    with Attacker(server.port) as attacker:
        attacker.send(handshake("nonsense"))
        assert attacker.status() == 101
        noise = frame(TEXT, b'{"type":"ping"}') * 5000
        attacker.send(noise)
        attacker.send(noise)
        assert attacker.is_cut()
