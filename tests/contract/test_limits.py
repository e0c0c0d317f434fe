"""Limits on real servers: two processes with one Redis, a killed process, Redis lost."""

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


async def refused_handshake(server: Server, token: str) -> tuple[Frame, tuple[int | None, str]]:
    async with open_client(server.ws + CHAT, token) as client:
        frame = await client.frame()
        code, reason = await client.closed()
        return frame, (code, reason or "")


async def first_code(client: FrameClient) -> int:
    """The code of the first frame: of the pong, or of the refusal."""
    with suppress(ConnectionClosed):
        await client.send(type="ping")
    return int((await client.frame())["code"])


async def is_accepted(server: Server, token: str) -> bool:
    async with open_client(server.ws + CHAT, token) as client:
        return await first_code(client) == 0


async def wait_until_accepted(server: Server, token: str) -> None:
    """The server notices a closed socket a moment later."""
    async with asyncio.timeout(10):
        while not await is_accepted(server, token):
            pass


def pass_time(redis: RedisServer, seconds: int) -> None:
    """Moves all counters and leases in Redis that many seconds closer to their end."""
    with redis_client.Redis.from_url(redis.url) as counters:
        for key in counters.scan_iter("ragws:limits:*:held"):
            for lease in counters.zrange(key, 0, -1):
                counters.zincrby(key, -seconds, lease)
        for key in set(counters.scan_iter("ragws:limits:*")):
            if not key.endswith(b":held"):
                counters.hincrby(key, "ends_at", -seconds)


@asynccontextmanager
async def running_answer(
    server: Server, seeded: SeededData
) -> AsyncIterator[tuple[FrameClient, Frame]]:
    """A connection with a running answer, and its first chunk."""
    async with open_client(server.ws + CHAT, seeded.token) as client:
        await client.send(chat_id=seeded.load_chat_id, question=LONG)
        yield client, (await client.chunk())["data"]


@pytest.fixture(scope="module", params=KINDS)
def without_redis(
    request: pytest.FixtureRequest, data: Path, seeded: SeededData
) -> Iterator[Server]:
    """A server without Redis."""
    limits = {"TOKEN_SOCKETS": 2, "ADDRESS_FAILURES_PER_MINUTE": 20}
    with running(data, request.param, **limits) as server:
        yield server


async def test_a_connection_above_the_limit_is_refused_with_the_reason(
    without_redis: Server, seeded: SeededData
) -> None:
    async with open_client(without_redis.ws + CHAT, seeded.token) as first:
        async with open_client(without_redis.ws + CHAT, seeded.token):
            frame, closed = await refused_handshake(without_redis, seeded.token)
            assert (frame["code"], frame["data"]["retry_after"]) == (429, 5)
            assert frame["message"] == "At most 2 open connections for this API token"
            assert closed == (1008, frame["message"])
        await wait_until_accepted(without_redis, seeded.token)
        await first.send(type="ping")
        assert (await first.frame())["message"] == "pong"


async def test_concurrent_handshakes_do_not_exceed_the_limit(
    without_redis: Server, seeded: SeededData
) -> None:
    codes: list[int] = []
    all_are_answered = asyncio.Event()

    async def connect_once() -> None:
        async with open_client(without_redis.ws + CHAT, seeded.bobs_token) as client:
            codes.append(await first_code(client))
            if len(codes) == 12:
                all_are_answered.set()
            await all_are_answered.wait()

    await asyncio.gather(*(connect_once() for _ in range(12)))
    assert sorted(codes) == [0] * 2 + [429] * 10


async def test_failed_authentications_block_socket_and_rest(
    without_redis: Server, seeded: SeededData
) -> None:
    nonsense = {"authorization": "Bearer ragflow-nonsense"}
    async with httpx.AsyncClient(base_url=without_redis.http) as http:
        for _ in range(10):
            assert (await refused_handshake(without_redis, "ragflow-nonsense"))[0]["code"] == 401
            assert (await http.get("/api/v1/chats", headers=nonsense)).status_code == 401
        good = {"authorization": f"Bearer {seeded.token}"}
        answer = await http.get("/api/v1/chats", headers=good)
        assert answer.status_code == 429
        assert answer.json()["data"]["retry_after"] == int(answer.headers["retry-after"])
        assert 0 < int(answer.headers["retry-after"]) <= 60
    frame, _ = await refused_handshake(without_redis, seeded.token)
    assert frame["message"] == "At most 20 failed authentications a minute for this address"


async def test_two_processes_count_together(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    limits = {"TOKEN_ANSWERS_AT_ONCE": 2, "TOKEN_QUESTIONS_PER_MINUTE": 4, "TOKEN_SOCKETS": 3}
    with running_servers(data, KINDS, REDIS_URL=redis.url, **limits) as (
        first_server,
        second_server,
    ):
        ask = {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
        async with (
            running_answer(first_server, seeded) as (first, chunk),
            running_answer(second_server, seeded),
            open_client(second_server.ws + CHAT, seeded.token) as third,
        ):
            refused = await third.refused(**ask)
            assert refused["message"] == "At most 2 answers at once for this API token"
            assert (await refused_handshake(first_server, seeded.token))[0]["code"] == 429
            await first.send(type="stop", id=chunk["id"])
            await first.rest()
            for _ in range(2):
                assert (await third.ask(**ask)).completion["status"] == "complete"
            refused = await third.refused(**ask)
            assert refused["message"] == "At most 4 questions a minute for this API token"
            assert 0 < refused["data"]["retry_after"] <= 60
            pass_time(redis, 60)
            assert (await third.ask(**ask)).completion["status"] == "complete"


async def test_the_leases_of_a_killed_process_expire(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    limits = {"TOKEN_ANSWERS_AT_ONCE": 1, "TOKEN_SOCKETS": 2}
    limits |= {"TOKEN_MODEL_TOKENS_PER_DAY": 2500}
    with running_servers(data, KINDS, REDIS_URL=redis.url, **limits) as (
        first_server,
        second_server,
    ):
        ask = {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
        async with running_answer(first_server, seeded) as (lost, _):
            first_server.kill()
            await lost.closed()
        async with open_client(second_server.ws + CHAT, seeded.token) as client:
            assert (await refused_handshake(second_server, seeded.token))[0]["code"] == 429
            assert "answers at once" in (await client.refused(**ask))["message"]
            pass_time(redis, LEASE_S)
            assert (await client.ask(**ask)).completion["status"] == "complete"
        with redis_client.Redis.from_url(redis.url) as counters:
            pattern = "ragws:limits:MODEL_TOKENS_PER_DAY:*"
            # One of the token, and one of its user with all tokens.
            used = [counters.hget(c, "used") for c in counters.scan_iter(pattern)]
            assert used == [b"1", b"1"], "what was reserved was not charged"


async def test_without_redis_limits_go_on(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    with running(data, REDIS_URL=redis.url, TOKEN_QUESTIONS_PER_MINUTE=2) as server:
        ask = {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
        async with open_client(server.ws + CHAT, seeded.token) as client:
            await client.ask(**ask)
            redis.stop()
            for _ in range(2):
                assert (await client.ask(**ask)).completion["status"] == "complete"
            assert (await client.refused(**ask))["code"] == 429
            assert await is_accepted(server, seeded.token)
        assert server.log().count("counts for limits is out of reach") == 1
