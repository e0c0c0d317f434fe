"""Injects faults at random: processes and Redis are killed or frozen, and come back."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.chaos.client import BOTH_LOST, CONNECTION_ERRORS
from tests.support.redis_server import RedisServer
from tests.support.server import Server
from tests.support.websocket_client import open_connection

# Seconds, at most: between two faults, and how long one lasts.
PAUSE_S = 2
LASTS_S = 4
POLL_S = 0.2
RECOVERY_S = 120
# Longer than a process may be silent before its answers are settled.
FREEZE_S = 12
HEALTH = "/v1/ws/health"


class FaultInjector:
    """One fault after the other, and each kind once a round: a short run has one of each."""

    def __init__(
        self, servers: list[Server], redis: RedisServer, random: Random, counts: Counter[str]
    ) -> None:
        self.servers = servers
        self.redis = redis
        self.random = random
        self.counts = counts
        self.kinds = {
            "kill -9": self._kill,
            "SIGTERM": self._terminate,
            "Redis lost": self._lose_redis,
            "Redis frozen": self._freeze_redis,
            "Redis emptied": self._empty_redis,
            "a process frozen": self._freeze_process,
            "a process frozen and Redis emptied": self._freeze_and_empty,
            "a process and Redis lost": self._lose_both,
        }

    async def run(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name in self.random.sample(list(self.kinds), len(self.kinds)):
                await self._wait(PAUSE_S)
                await self.kinds[name]()
                self.counts[name] += 1
                await self._recovery()

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(self.random.random() * seconds)

    async def _kill(self) -> None:
        server = self.random.choice(self.servers)
        await asyncio.to_thread(server.kill)
        await self._wait(LASTS_S)
        await asyncio.to_thread(server.start)

    async def _terminate(self) -> None:
        server = self.random.choice(self.servers)
        code = await asyncio.to_thread(server.stop)
        assert code == 0, f"It ended with {code}:\n{server.log()}"
        await asyncio.to_thread(server.start)

    async def _lose_redis(self) -> None:
        await asyncio.to_thread(self.redis.stop)
        await self._wait(LASTS_S)
        await asyncio.to_thread(self.redis.start)

    async def _freeze_redis(self) -> None:
        self.redis.freeze()
        await self._wait(LASTS_S)
        self.redis.thaw()

    async def _empty_redis(self) -> None:
        await asyncio.to_thread(self.redis.empty)
        await self._wait(PAUSE_S)

    async def _freeze_process(self) -> None:
        """So long that the other process settles its answers."""
        with self._frozen():
            await asyncio.sleep(FREEZE_S)

    async def _freeze_and_empty(self) -> None:
        """The same as losing both, for those who ask the other process."""
        self.counts[BOTH_LOST] += 1
        with self._frozen():
            await self._wait(PAUSE_S)
            await asyncio.to_thread(self.redis.empty)
            await asyncio.sleep(FREEZE_S)

    @contextmanager
    def _frozen(self) -> Iterator[None]:
        server = self.random.choice(self.servers)
        server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            server.send_signal(signal.SIGCONT)

    async def _lose_both(self) -> None:
        """The last second of an answer is lost; clients that have received it start over."""
        self.counts[BOTH_LOST] += 1
        server = self.random.choice(self.servers)
        await asyncio.to_thread(server.kill)
        await self._wait(PAUSE_S)
        await self._lose_redis()
        await asyncio.to_thread(server.start)

    async def _recovery(self) -> None:
        async with asyncio.timeout(RECOVERY_S):
            # The servers announce nothing: polling is the only way.
            while not all([await is_healthy(server) for server in self.servers]):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)


async def is_healthy(server: Server) -> bool:
    try:
        with await open_connection(server.port, HEALTH) as connection:
            await connection.send(type="ping")
            frame = await connection.frame()
    except CONNECTION_ERRORS:
        return False
    return bool(frame["message"] == "ok")
