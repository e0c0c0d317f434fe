"""After thousands of visits a server holds no more memory, tasks and files than before.

`--soak-rounds` sets how many.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import redis as redis_client

from tests.contract.conftest import CHAT
from tests.support.process_memory import cpu_s, wait_for_no_growth, wait_until_idle
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running
from tests.support.soak_visitor import CHUNK, END, FOLLOWING, NOTHING, SoakVisitor, Visit

ROUNDS = 5_000
ROUNDS_IN_MEMORY = 2_000
AT_ONCE = 16
# Caches and allocators grow at the beginning; that is no leak.
WARM_UP, WARM_UP_ROUNDS = 0.25, 1_500
SETTINGS = "tests.soak.settings"


@pytest.fixture
def in_memory(data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, DJANGO_SETTINGS_MODULE=SETTINGS, LOG_LEVEL="ERROR") as server:
        yield server


@pytest.fixture
def with_redis(data: Path, seeded: SeededData, redis: RedisServer) -> Iterator[Server]:
    settings = {"DJANGO_SETTINGS_MODULE": SETTINGS, "LOG_LEVEL": "ERROR", "REDIS_URL": redis.url}
    with running(data, **settings) as server:
        yield server


def visits(seeded: SeededData, random: Random, sessions: list[str]) -> Iterator[Visit]:
    """Visits in every way to connect and leave, most of them without a close frame."""

    def question(tokens: int) -> dict[str, object]:
        return {"chat_id": seeded.load_chat_id, "question": f"bench n={tokens}"}

    while True:
        follow: dict[str, object] = {"type": "follow", "session_id": random.choice(sessions)}
        yield Visit([question(3)], until=END, sends_close_frame=True)
        yield Visit([question(3)], until=END)
        yield Visit([question(30)], until=CHUNK)
        yield Visit([question(3)], until=NOTHING)
        yield Visit([question(3), question(3), question(2)], until=CHUNK)
        yield Visit([follow], until=FOLLOWING)
        yield Visit([follow, question(3)], until=END)
        yield Visit([], until=NOTHING)


async def run_visits(server: Server, seeded: SeededData, rounds: int) -> None:
    """`rounds` visits, several at a time."""
    path, loop = f"{CHAT}?token={seeded.token}", asyncio.get_running_loop()
    first = SoakVisitor(
        path, Visit([{"chat_id": seeded.load_chat_id, "question": "bench n=1"}], END)
    )
    await loop.create_connection(lambda: first, "127.0.0.1", server.port)
    await first.left
    assert first.session_id
    plan = visits(seeded, Random(1), [first.session_id])
    left = iter(range(rounds))

    async def visitors_in_turn() -> None:
        for _ in left:
            visitor = SoakVisitor(path, next(plan))
            await loop.create_connection(lambda v=visitor: v, "127.0.0.1", server.port)  # type: ignore[misc]
            await visitor.left

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(visitors_in_turn())


async def soak(server: Server, seeded: SeededData, rounds: int, say: Any) -> None:
    warm_up = min(rounds // 2, max(WARM_UP_ROUNDS, int(rounds * WARM_UP)))
    await run_visits(server, seeded, warm_up)
    before = await asyncio.to_thread(wait_until_idle, server)
    started, cpu_before = time.monotonic(), cpu_s(server)
    await run_visits(server, seeded, rounds - warm_up)
    took, cpu = time.monotonic() - started, cpu_s(server) - cpu_before
    after = await asyncio.to_thread(wait_for_no_growth, server, before, rounds - warm_up)
    each, cpu_each = (1000 * seconds / (rounds - warm_up) for seconds in (took, cpu))
    say(f"{rounds} rounds, each {each:.1f} ms ({cpu_each:.1f} ms of CPU)\n{before}\n{after}\n")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    def out(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}")

    return out


async def test_a_server_with_redis_does_not_grow(
    with_redis: Server,
    seeded: SeededData,
    redis: RedisServer,
    request: pytest.FixtureRequest,
    say: Any,
) -> None:
    rounds = request.config.getoption("--soak-rounds") or ROUNDS
    await soak(with_redis, seeded, rounds, say)
    with redis_client.Redis.from_url(redis.url) as client:
        assert lasting_keys(client) == {b"ragws:hubs"}
        # The group that every server subscribes to: changes of credentials.
        assert client.pubsub_channels("*group*") == [b"asgi__group__identities"]


def lasting_keys(client: redis_client.Redis) -> set[bytes]:
    """Keys that do not expire within ten minutes."""
    keys = list(client.scan_iter(count=1000))
    with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.ttl(key)
        return {key for key, ttl in zip(keys, pipe.execute(), strict=True) if not 0 <= ttl <= 600}


async def test_a_server_in_memory_does_not_grow(
    in_memory: Server, seeded: SeededData, request: pytest.FixtureRequest, say: Any
) -> None:
    rounds = (request.config.getoption("--soak-rounds") or ROUNDS) * ROUNDS_IN_MEMORY // ROUNDS
    await soak(in_memory, seeded, rounds, say)
