"""Heartbeats of hubs: each hub writes one a second, and the others notice when it stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import redis
import redis.asyncio

from chat.live.redis_connection import RedisConnection
from chat.live.redis_keys import HEARTBEAT_FOR_S, HUBS_KEY, hub_key
from core.tasks import PeriodicTask

HEARTBEAT_S = 1


class RedisHeartbeats:
    """`refill` writes again what Redis has forgotten: a heartbeat tells that it has."""

    def __init__(
        self,
        connection: RedisConnection,
        name: str,
        refill: Callable[[redis.asyncio.Redis], Awaitable[None]],
    ) -> None:
        self._connection = connection
        self._name = name
        self._refill = refill
        self._has_beaten = False
        # Remembered here as well: Redis may lose its memory together with a process.
        self._known: set[str] = set()
        self._periodic = PeriodicTask(
            self.beat,
            interval_s=lambda: HEARTBEAT_S,
            is_needed=lambda: True,
            failure="A heartbeat could not be written",
            at_once=True,
        )

    def start(self) -> None:
        self._periodic.ensure_running()

    def stop(self) -> None:
        self._periodic.cancel()

    async def beat(self) -> None:
        async def beat(client: redis.asyncio.Redis) -> None:
            async with client.pipeline(transaction=False) as pipe:
                pipe.exists(hub_key(self._name))
                pipe.set(hub_key(self._name), 1, ex=HEARTBEAT_FOR_S)
                pipe.sadd(HUBS_KEY, self._name)
                was_there, *_ = await pipe.execute()
            if self._has_beaten and not was_there:
                # Redis came back empty, or this process stood still.
                await self._refill(client)
            self._has_beaten = True

        await self._connection.run(beat, None)

    def is_alive_sync(self, hub: str) -> bool | None:
        def exists(client: redis.Redis) -> bool | None:
            return bool(client.exists(hub_key(hub)))

        return self._connection.run_sync(exists, None)

    async def lost(self) -> list[str]:
        return await self._connection.run(self._find_lost, [])

    async def _find_lost(self, client: redis.asyncio.Redis) -> list[str]:
        found: Any = await client.smembers(HUBS_KEY)
        self._known |= {name.decode() for name in found}
        others = sorted(self._known - {self._name})
        beats = await client.mget([hub_key(name) for name in others]) if others else []
        return [name for name, beat in zip(others, beats, strict=True) if beat is None]

    async def forget(self, hub: str) -> None:
        async def forget(client: redis.asyncio.Redis) -> None:
            await client.srem(HUBS_KEY, hub)

        self._known.discard(hub)
        await self._connection.run(forget, None)
