"""Servers and a Redis that tests may stop and kill: the next test finds them running again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from tests.support.frame_client import open_client
from tests.support.redis_server import RedisServer
from tests.support.server import Server

HEALTH = "/v1/ws/health"
TIMEOUT_S = 15


async def restore(servers: Sequence[Server], redis: RedisServer) -> None:
    """Returns when all are running, and know it."""
    if not redis.process:
        redis.start()
    stopped = [server for server in servers if not server.is_running]
    await asyncio.gather(*(asyncio.to_thread(server.start) for server in stopped))
    for server in servers:
        await wait_for_health(server, "ok")


async def health(server: Server) -> str:
    async with open_client(server.ws + HEALTH) as client:
        await client.send_raw("ping")
        return str((await client.frame())["message"])


async def wait_for_health(server: Server, wanted: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while await health(server) != wanted:
        assert time.monotonic() < deadline, f"Health is not {wanted}:\n{server.log()}"
