"""What goes wrong around the clients: processes and Redis are lost and come back, at random."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from random import Random

from websockets.asyncio.client import connect

from tests.redis_server import RedisServer
from tests.server import START_S, Server

# Seconds. Between two troubles; a checkpoint, and what Redis needs to be filled again.
PAUSE_S = 2
SETTLED_S = 2
# What it takes at most to see that a process was killed, and to save what it said last.
NOTICED_S = 10
HEALTH = "/v1/ws/health"


class Trouble:
    """One at a time: a process and Redis lost together may cost the last second."""

    def __init__(
        self, servers: list[Server], redis: RedisServer, random: Random, counts: Counter[str]
    ) -> None:
        self.servers = servers
        self.redis = redis
        self.random = random
        self.counts = counts

    async def go_on(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        kinds = [self._kill, self._lose_redis, self._terminate, self._freeze_redis]
        while time.monotonic() < deadline:
            # All of them in every round, so that a short run is one of everything.
            for trouble in self.random.sample(kinds, len(kinds)):
                await asyncio.sleep(self.random.random() * PAUSE_S)
                await trouble()
                await self._recovery()

    async def _kill(self) -> None:
        self.counts["kill -9"] += 1
        server = self.random.choice(self.servers)
        await asyncio.to_thread(server.kill)
        await self._start_again(server)
        # Until then, Redis alone has the end of what was shown.
        await asyncio.sleep(NOTICED_S)

    async def _terminate(self) -> None:
        self.counts["SIGTERM"] += 1
        server = self.random.choice(self.servers)
        code = await asyncio.to_thread(server.stop)
        assert code == 0, f"It ended with {code}:\n{server.log()}"
        await self._start_again(server)

    async def _start_again(self, server: Server) -> None:
        await asyncio.sleep(self.random.random() * PAUSE_S)
        await asyncio.to_thread(server.start)

    async def _lose_redis(self) -> None:
        self.counts["Redis lost"] += 1
        await asyncio.to_thread(self.redis.stop)
        await asyncio.sleep(self.random.random() * 2 * PAUSE_S)
        await asyncio.to_thread(self.redis.start)

    async def _freeze_redis(self) -> None:
        self.counts["Redis frozen"] += 1
        self.redis.freeze()
        await asyncio.sleep(self.random.random() * 2 * PAUSE_S)
        self.redis.thaw()

    async def _recovery(self) -> None:
        async with asyncio.timeout(START_S):
            # Nothing but asking tells.
            while not all([await is_well(server) for server in self.servers]):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLED_S)


async def is_well(server: Server) -> bool:
    async with connect(server.ws + HEALTH) as socket:
        await socket.send("ping")
        frame = json.loads(await socket.recv())
    return bool(frame["message"] == "ok")
