"""Fixtures: both stores of limits, with a clock that the test advances."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from accounts.limits.memory_store import MemoryStore
from accounts.limits.redis_store import RedisStore
from accounts.limits.store import Store
from tests.support.clock import Clock
from tests.support.redis_server import RedisServer, running_redis


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="package")
def shared_redis() -> Iterator[RedisServer]:
    """One Redis for all tests that do not stop it; `empty_redis` empties it for each."""
    with running_redis() as redis:
        yield redis


@pytest.fixture
def empty_redis(shared_redis: RedisServer) -> RedisServer:
    shared_redis.empty()
    return shared_redis


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore(clock)
        return
    store = RedisStore(request.getfixturevalue("empty_redis").url, clock)
    yield store
    await store.close()
