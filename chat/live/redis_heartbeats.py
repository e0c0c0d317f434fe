"""Which processes are there: each says so once a second, and the others notice when it stops."""

from __future__ import annotations

import asyncio
from typing import Any

import redis
import redis.asyncio

from chat.live.redis_connection import RedisConnection
from chat.live.redis_keys import BEAT_FOR_S, HUBS_KEY, hub_key

BEAT_S = 1


class RedisHeartbeats:
    def __init__(self, link: RedisConnection, name: str) -> None:
        self._link = link
        self._name = name
        # Those that were heard of: Redis may lose its memory together with a process.
        self._heard_of: set[str] = set()

    async def beat_for_ever(self) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(BEAT_S)

    async def beat(self) -> None:
        async def beat(client: redis.asyncio.Redis) -> None:
            async with client.pipeline(transaction=False) as pipe:
                pipe.set(hub_key(self._name), 1, ex=BEAT_FOR_S)
                pipe.sadd(HUBS_KEY, self._name)
                await pipe.execute()

        await self._link.ask(beat, None)

    def is_running(self, hub: str) -> bool | None:
        def exists(client: redis.Redis) -> bool | None:
            return bool(client.exists(hub_key(hub)))

        return self._link.ask_in_thread(exists, None)

    async def lost(self) -> list[str]:
        return await self._link.ask(self._lost, [])

    async def _lost(self, client: redis.asyncio.Redis) -> list[str]:
        found: Any = await client.smembers(HUBS_KEY)
        self._heard_of |= {name.decode() for name in found}
        others = sorted(self._heard_of - {self._name})
        beats = await client.mget([hub_key(name) for name in others]) if others else []
        return [name for name, beat in zip(others, beats, strict=True) if beat is None]

    async def forget(self, hub: str) -> None:
        async def forget(client: redis.asyncio.Redis) -> None:
            await client.srem(HUBS_KEY, hub)

        self._heard_of.discard(hub)
        await self._link.ask(forget, None)
