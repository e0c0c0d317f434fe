"""The health socket: open to everyone, and it reveals nothing else."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.support.frame_client import FrameClient, open_client
from tests.support.server import Server

HEALTH = "/v1/ws/health"
LIFETIME_S = 10


async def json_frame(client: FrameClient) -> dict[str, object]:
    async with asyncio.timeout(5):
        frame = json.loads(await client.socket.recv())
    assert isinstance(frame, dict)
    return frame


async def test_a_plain_text_ping_is_answered_with_an_object(server: Server) -> None:
    async with open_client(server.ws + HEALTH) as client:
        await client.send_raw("ping")
        assert await json_frame(client)


@pytest.mark.parametrize("frame", ["<script>parrot</script>", '{"type":"parrot"}', "", b"parrot"])
async def test_nothing_is_echoed(server: Server, frame: str | bytes) -> None:
    async with open_client(server.ws + HEALTH) as client:
        await client.send_raw(frame)
        reply = json.dumps(await json_frame(client)).lower()
    for secret in ("parrot", "django", "uvicorn", "daphne", "python", "version", "0.1"):
        assert secret not in reply


async def test_no_header_reveals_a_version(server: Server) -> None:
    async with open_client(server.ws + HEALTH) as client:
        assert client.socket.response
        assert "Server" not in client.socket.response.headers


async def test_it_closes_after_five_messages(server: Server) -> None:
    async with open_client(server.ws + HEALTH) as client:
        for _ in range(5):
            await client.send_raw("ping")
            await json_frame(client)
        code, _ = await client.closed()
    assert code == 1000


async def test_it_closes_by_itself(server: Server) -> None:
    started = time.monotonic()
    async with open_client(server.ws + HEALTH) as client:
        code, _ = await client.closed()
    assert code == 1000
    assert LIFETIME_S - 0.5 < time.monotonic() - started < LIFETIME_S + 3
