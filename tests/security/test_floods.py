"""Floods are held back as the protocol says, and who came in peace gets the whole answer."""

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

# Addresses of attackers, each with limits of its own; everybody else comes from 127.0.0.1.
ONE, ANOTHER = "127.0.0.5", "127.0.0.6"
LET_IN, CROWD = 40, 120
FRAMES_A_SECOND, BURST_S = 20, 5
TOKENS = 300
PEACEFUL = f"bench n={TOKENS} rate=150"


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    limits = {"ADDRESS_HANDSHAKES_PER_MINUTE": LET_IN, "MAX_FRAMES_PER_S": FRAMES_A_SECOND}
    with running(data, request.param, **limits) as server:
        yield server


@asynccontextmanager
async def somebody_in_peace(server: Server, seeded: SeededData) -> AsyncIterator[None]:
    """Asks before, and has it all afterwards."""
    async with open_client(server.ws + CHAT, seeded.token) as talk:
        await talk.send(chat_id=seeded.load_chat_id, question=PEACEFUL)
        await talk.chunk()
        resting = asyncio.create_task(talk.rest())
        yield
        received = await resting
    assert received.completion["status"] == "complete"
    assert received.errors == []
    # One came before.
    assert len(received.text.split()) == TOKENS - 1


def connected_from(address: str, server: Server, token: str) -> connect:
    return connect(f"{server.ws}{CHAT}?token={token}", local_addr=(address, 0))


async def test_a_flood_of_handshakes(server: Server, seeded: SeededData) -> None:
    async def take_known_socket() -> tuple[int, int | None]:
        async with connected_from(ONE, server, seeded.bobs_token) as socket:
            talk = FrameClient(socket)
            with suppress(ConnectionClosed):
                await talk.send(type="ping")
            code = (await talk.frame())["code"]
            return code, (await talk.closed())[0] if code else None

    async with somebody_in_peace(server, seeded):
        came = await asyncio.gather(*(take_known_socket() for _ in range(CROWD)))
    assert sorted(came, key=str) == [(0, None)] * LET_IN + [(429, 1008)] * (CROWD - LET_IN)


async def test_a_flood_of_messages(server: Server, seeded: SeededData) -> None:
    kinds = [
        {"type": "chat"},
        {"chat_id": "0" * 32, "question": "Is anybody there?"},
        {"chat_id": seeded.bobs["chat_id"], "question": QUESTION},
    ]
    loop = asyncio.get_running_loop()
    async with connected_from(ANOTHER, server, seeded.bobs_token) as socket:
        began = loop.time()
        async with somebody_in_peace(server, seeded):
            flooding = asyncio.create_task(flood(socket, kinds * 200))
            replies, code = await heard_for(socket, 1.5)
        flooding.cancel()
        # The server would not read the goodbye for a while.
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


async def heard_for(socket: ClientConnection, seconds: float) -> tuple[list[Any], int | None]:
    """What came in that time, and with which code it was closed, if it was."""
    received = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                received.append(json.loads(await socket.recv()))
    except TimeoutError:
        return received, None
    except ConnectionClosed:
        return received, socket.close_code


def test_who_floods_a_closed_socket_is_cut_off(server: Server) -> None:
    """Told that it is over, and going on."""
    with Attacker(server.port) as attacker:
        attacker.send(handshake("nonsense"))
        assert attacker.status() == 101
        noise = frame(TEXT, b'{"type":"ping"}') * 5000
        attacker.send(noise)
        attacker.send(noise)
        assert attacker.is_cut()
