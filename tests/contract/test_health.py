"""Is it there? Anybody may ask; nobody learns anything else."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.support.frame_client import FrameClient, open_client
from tests.support.server import Server

HEALTH = "/v1/ws/health"
LIFE_S = 10


async def json_frame(talk: FrameClient) -> dict[str, object]:
    async with asyncio.timeout(5):
        frame = json.loads(await talk.socket.recv())
    assert isinstance(frame, dict)
    return frame


async def test_a_bare_ping_is_answered_with_an_object(server: Server) -> None:
    async with open_client(server.ws + HEALTH) as talk:
        await talk.send_raw("ping")
        assert await json_frame(talk)


@pytest.mark.parametrize("frame", ["<script>parrot</script>", '{"type":"parrot"}', "", b"parrot"])
async def test_nothing_is_echoed(server: Server, frame: str | bytes) -> None:
    async with open_client(server.ws + HEALTH) as talk:
        await talk.send_raw(frame)
        reply = json.dumps(await json_frame(talk)).lower()
    for secret in ("parrot", "django", "uvicorn", "daphne", "python", "version", "0.1"):
        assert secret not in reply


async def test_no_header_tells_a_version(server: Server) -> None:
    async with open_client(server.ws + HEALTH) as talk:
        assert talk.socket.response
        assert "Server" not in talk.socket.response.headers


async def test_five_messages_are_enough(server: Server) -> None:
    async with open_client(server.ws + HEALTH) as talk:
        for _ in range(5):
            await talk.send_raw("ping")
            await json_frame(talk)
        code, _ = await talk.closed()
    assert code == 1000


async def test_it_closes_by_itself(server: Server) -> None:
    started = time.monotonic()
    async with open_client(server.ws + HEALTH) as talk:
        code, _ = await talk.closed()
    assert code == 1000
    assert LIFE_S - 0.5 < time.monotonic() - started < LIFE_S + 3
