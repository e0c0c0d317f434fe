"""Limits on real servers: two processes that share one Redis, one that is killed, Redis gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
import redis as redis_client
from websockets.exceptions import ConnectionClosed

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import Frame, FrameClient, open_client
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running, running_servers

LONG = "bench n=20000 rate=40"
# As long as a lease lasts.
LEASE_S = 90


async def refused_at_the_door(server: Server, token: str) -> tuple[Frame, tuple[int | None, str]]:
    async with open_client(server.ws + CHAT, token) as talk:
        frame = await talk.frame()
        code, reason = await talk.closed()
        return frame, (code, reason or "")


async def greeting(talk: FrameClient) -> int:
    """The code of what comes first: the answer to a ping, or the refusal."""
    with suppress(ConnectionClosed):
        await talk.send(type="ping")
    return int((await talk.frame())["code"])


async def is_let_in(server: Server, token: str) -> bool:
    async with open_client(server.ws + CHAT, token) as talk:
        return await greeting(talk) == 0


async def becomes_free(server: Server, token: str) -> None:
    """A socket that was closed is gone for the server a moment later."""
    async with asyncio.timeout(10):
        while not await is_let_in(server, token):
            pass


def pass_time(redis: RedisServer, seconds: int) -> None:
    """For all that is counted there. What nobody holds any more ends, the rest comes closer."""
    with redis_client.Redis.from_url(redis.url) as client:
        for key in client.scan_iter("ragws:limits:*:held"):
            for lease in client.zrange(key, 0, -1):
                client.zincrby(key, -seconds, lease)
        for key in set(client.scan_iter("ragws:limits:*")):
            if not key.endswith(b":held"):
                client.hincrby(key, "ends_at", -seconds)


@asynccontextmanager
async def begun(server: Server, seeded: SeededData) -> AsyncIterator[tuple[FrameClient, Frame]]:
    """An answer on its way."""
    async with open_client(server.ws + CHAT, seeded.token) as talk:
        await talk.send(chat_id=seeded.load_chat_id, question=LONG)
        yield talk, (await talk.chunk())["data"]


@pytest.fixture(scope="module", params=KINDS)
def alone(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    """Without Redis."""
    limits = {"TOKEN_SOCKETS": 2, "ADDRESS_FAILURES_PER_MINUTE": 20}
    with running(data, request.param, **limits) as server:
        yield server


async def test_a_handshake_too_many_is_told_why(alone: Server, seeded: SeededData) -> None:
    async with open_client(alone.ws + CHAT, seeded.token) as first:
        async with open_client(alone.ws + CHAT, seeded.token):
            frame, closed = await refused_at_the_door(alone, seeded.token)
            assert (frame["code"], frame["data"]["retry_after"]) == (429, 5)
            assert frame["message"] == "At most 2 open connections for this API token"
            assert closed == (1008, frame["message"])
        await becomes_free(alone, seeded.token)
        await first.send(type="ping")
        assert (await first.frame())["message"] == "pong"


async def test_many_at_once_for_the_last_place(alone: Server, seeded: SeededData) -> None:
    codes: list[int] = []
    all_were_told = asyncio.Event()

    async def take_known_socket() -> None:
        async with open_client(alone.ws + CHAT, seeded.bobs_token) as talk:
            codes.append(await greeting(talk))
            if len(codes) == 12:
                all_were_told.set()
            await all_were_told.wait()

    await asyncio.gather(*(take_known_socket() for _ in range(12)))
    assert sorted(codes) == [0] * 2 + [429] * 10


async def test_too_many_failures_shut_the_door_for_rest_too(
    alone: Server, seeded: SeededData
) -> None:
    nonsense = {"authorization": "Bearer ragflow-nonsense"}
    async with httpx.AsyncClient(base_url=alone.http) as client:
        for _ in range(10):
            assert (await refused_at_the_door(alone, "ragflow-nonsense"))[0]["code"] == 401
            assert (await client.get("/api/v1/chats", headers=nonsense)).status_code == 401
        good = {"authorization": f"Bearer {seeded.token}"}
        answer = await client.get("/api/v1/chats", headers=good)
        assert answer.status_code == 429
        assert answer.json()["data"]["retry_after"] == int(answer.headers["retry-after"])
        assert 0 < int(answer.headers["retry-after"]) <= 60
    frame, _ = await refused_at_the_door(alone, seeded.token)
    assert frame["message"] == "At most 20 failed authentications a minute for this address"


async def test_two_processes_count_together(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    limits = {"TOKEN_ANSWERS_AT_ONCE": 2, "TOKEN_QUESTIONS_PER_MINUTE": 4, "TOKEN_SOCKETS": 3}
    with running_servers(data, KINDS, REDIS_URL=redis.url, **limits) as (here, there):
        ask = {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
        async with (
            begun(here, seeded) as (first, chunk),
            begun(there, seeded),
            open_client(there.ws + CHAT, seeded.token) as third,
        ):
            refused = await third.refused(**ask)
            assert refused["message"] == "At most 2 answers at once for this API token"
            assert (await refused_at_the_door(here, seeded.token))[0]["code"] == 429
            await first.send(type="stop", id=chunk["id"])
            await first.rest()
            for _ in range(2):
                assert (await third.ask(**ask)).completion["status"] == "complete"
            refused = await third.refused(**ask)
            assert refused["message"] == "At most 4 questions a minute for this API token"
            assert 0 < refused["data"]["retry_after"] <= 60
            pass_time(redis, 60)
            assert (await third.ask(**ask)).completion["status"] == "complete"


async def test_what_a_killed_process_held_comes_free(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    limits = {"TOKEN_ANSWERS_AT_ONCE": 1, "TOKEN_SOCKETS": 2}
    limits |= {"TOKEN_MODEL_TOKENS_PER_DAY": 2500}
    with running_servers(data, KINDS, REDIS_URL=redis.url, **limits) as (here, there):
        ask = {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
        async with begun(here, seeded) as (lost, _):
            here.kill()
            await lost.closed()
        async with open_client(there.ws + CHAT, seeded.token) as talk:
            assert (await refused_at_the_door(there, seeded.token))[0]["code"] == 429
            assert "answers at once" in (await talk.refused(**ask))["message"]
            pass_time(redis, LEASE_S)
            assert (await talk.ask(**ask)).completion["status"] == "complete"
        with redis_client.Redis.from_url(redis.url) as client:
            [counter] = client.scan_iter("ragws:limits:MODEL_TOKENS_PER_DAY:*")
            assert client.hget(counter, "used") == b"1", "what was set aside was not charged"


async def test_without_redis_limits_go_on(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    with running(data, REDIS_URL=redis.url, TOKEN_QUESTIONS_PER_MINUTE=2) as server:
        ask = {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
        async with open_client(server.ws + CHAT, seeded.token) as talk:
            await talk.ask(**ask)
            redis.stop()
            for _ in range(2):
                assert (await talk.ask(**ask)).completion["status"] == "complete"
            assert (await talk.refused(**ask))["code"] == 429
            assert await is_let_in(server, seeded.token)
        assert server.log().count("counts for limits is out of reach") == 1
