"""Live answers in Redis: one string each, appended; whoever reads it elsewhere sees it first there.

Beside it are flags: it has ended, somebody wants it stopped, somebody elsewhere watches it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis
import redis.asyncio

from chat.live.answer import LiveAnswer
from chat.live.redis_connection import RedisConnection
from chat.live.redis_heartbeats import RedisHeartbeats
from chat.live.redis_keys import (
    ENDED_FOR_S,
    STOP_FOR_S,
    WATCHED_FOR_S,
    ended_key,
    reasoning_key,
    stop_key,
    text_key,
    watched_key,
)
from chat.live.redis_writer import RedisWriter
from chat.live.store import Kept
from core.broadcast import answer_group, broadcaster


class RedisStore:
    """`name`: the hub it keeps the answers of."""

    def __init__(self, url: str, tick_s: float, name: str) -> None:
        self._link = RedisConnection(url, self._refill)
        self._hubs = RedisHeartbeats(self._link, name)
        self._writer = RedisWriter(self._link, tick_s)
        self.write, self.think = self._writer.write, self._writer.think
        self.settle = self._writer.settle
        self.is_running = self._hubs.is_running

    async def _refill(self, client: redis.asyncio.Redis) -> None:
        await self._writer.refill(client)

    def _open(self) -> RedisConnection:
        if self._link.open():
            self._writer.start()
            self._link.keep(self._hubs.beat_for_ever())
        return self._link

    async def close(self) -> None:
        await self._link.close()

    async def check(self) -> bool:
        self._open()
        await self._hubs.beat()
        return not self._link.is_away

    def begin(self, answer: LiveAnswer) -> None:
        self._open()
        self._writer.begin(answer)

    async def end(self, answer: LiveAnswer) -> None:
        async def mark(client: redis.asyncio.Redis) -> bool:
            async with client.pipeline(transaction=False) as pipe:
                pipe.set(ended_key(answer.id), 1, ex=ENDED_FOR_S)
                pipe.expire(text_key(answer.id), ENDED_FOR_S)
                pipe.expire(reasoning_key(answer.id), ENDED_FOR_S)
                await pipe.execute()
            return True

        if self._writer.end(answer) and await self._link.ask(mark, False):
            broadcaster().publish_soon(answer_group(answer.id))

    async def since(self, answer_id: str, offset: int, reasoning_offset: int) -> Kept | None:
        async def read(client: redis.asyncio.Redis) -> Kept | None:
            async with client.pipeline(transaction=False) as pipe:
                pipe.getrange(text_key(answer_id), offset, -1)
                pipe.getrange(reasoning_key(answer_id), reasoning_offset, -1)
                pipe.exists(ended_key(answer_id))
                pipe.set(watched_key(answer_id), 1, ex=WATCHED_FOR_S)
                text, reasoning, ended, _ = await pipe.execute()
            return Kept(text.decode(), reasoning.decode(), bool(ended))

        return await self._open().ask(read, None)

    def rescue(self, answer_id: str) -> Kept | None:
        def read(client: redis.Redis) -> Kept | None:
            kept: Any = client.mget(text_key(answer_id), reasoning_key(answer_id))
            text, reasoning = kept
            return Kept((text or b"").decode(), (reasoning or b"").decode(), ended=True)

        return self._link.ask_in_thread(read, None)

    async def ask_to_stop(self, answer_id: str) -> bool:
        async def leave_word(client: redis.asyncio.Redis) -> bool:
            return bool(await client.set(stop_key(answer_id), 1, ex=STOP_FOR_S))

        return await self._open().ask(leave_word, False)

    async def asked_to_stop(self) -> list[str]:
        return [answer_id for answer_id, left in (await self._flags(stop_key)).items() if left]

    def watch(self, answer_id: str) -> None:
        self._writer.watch(answer_id, True)

    async def watched_elsewhere(self) -> set[str]:
        flags = await self._flags(watched_key)
        for answer_id, watched in flags.items():
            self._writer.watch(answer_id, watched)
        return {answer_id for answer_id, watched in flags.items() if watched}

    async def _flags(self, key: Callable[[str], str]) -> dict[str, bool]:
        ids = self._writer.answer_ids

        async def read(client: redis.asyncio.Redis) -> dict[str, bool]:
            found = await client.mget([key(answer_id) for answer_id in ids])
            return dict(zip(ids, map(bool, found), strict=True))

        return await self._link.ask(read, {}) if ids else {}

    async def lost_hubs(self) -> list[str]:
        self._open()
        return await self._hubs.lost()

    async def forget_hub(self, hub: str) -> None:
        self._open()
        await self._hubs.forget(hub)
