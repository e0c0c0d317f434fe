"""Two servers and a Redis that tests kill and stop: the next test finds them running again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import KINDS
from tests.support.redis_server import RedisServer, running_redis
from tests.support.restored_servers import restore
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running_servers


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def servers(data: Path, seeded: SeededData, redis: RedisServer) -> Iterator[list[Server]]:
    with running_servers(data, KINDS, REDIS_URL=redis.url, DRAIN_S=2, DRAIN_MAX_S=2) as servers:
        yield servers


@pytest.fixture
async def pair(servers: list[Server], redis: RedisServer) -> list[Server]:
    await restore(servers, redis)
    return servers
