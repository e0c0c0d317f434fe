"""Live answers in Redis: two growing strings each, text and reasoning, which other processes read.

Beside them are flags: the answer has ended, is to be stopped, is read in another process.
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
from chat.live.store import StoredText
from core.broadcast import answer_group, broadcaster


class RedisStore:
    """`name`: the hub whose answers it stores."""

    def __init__(self, url: str, tick_s: float, name: str) -> None:
        self._connection = RedisConnection(url, self._refill)
        self._heartbeats = RedisHeartbeats(self._connection, name, self._refill)
        self._writer = RedisWriter(self._connection, tick_s)
        self.write = self._writer.write
        self.write_reasoning = self._writer.write_reasoning
        self.flush = self._writer.flush
        self.is_hub_alive_sync = self._heartbeats.is_alive_sync

    async def _refill(self, client: redis.asyncio.Redis) -> None:
        await self._writer.refill(client)

    def _open(self) -> RedisConnection:
        if self._connection.open():
            self._writer.start()
            self._heartbeats.start()
        return self._connection

    async def close(self) -> None:
        self._writer.stop()
        self._heartbeats.stop()
        await self._connection.close()

    async def is_reachable(self) -> bool:
        self._open()
        await self._heartbeats.beat()
        return not self._connection.is_away

    def begin(self, answer: LiveAnswer, on_fenced: Callable[[], None] = lambda: None) -> None:
        self._open()
        self._writer.begin(answer, on_fenced)

    async def end(self, answer: LiveAnswer) -> None:
        async def mark(client: redis.asyncio.Redis) -> bool:
            async with client.pipeline(transaction=False) as pipe:
                pipe.set(ended_key(answer.id), 1, ex=ENDED_FOR_S)
                pipe.expire(text_key(answer.id), ENDED_FOR_S)
                pipe.expire(reasoning_key(answer.id), ENDED_FOR_S)
                await pipe.execute()
            return True

        if self._writer.end(answer) and await self._connection.run(mark, False):
            broadcaster().publish_soon(answer_group(answer.id))

    async def read(self, answer_id: str, offset: int, reasoning_offset: int) -> StoredText | None:
        async def read(client: redis.asyncio.Redis) -> StoredText | None:
            async with client.pipeline(transaction=False) as pipe:
                pipe.getrange(text_key(answer_id), offset, -1)
                pipe.getrange(reasoning_key(answer_id), reasoning_offset, -1)
                pipe.exists(ended_key(answer_id))
                pipe.set(watched_key(answer_id), 1, ex=WATCHED_FOR_S)
                text, reasoning, ended, _ = await pipe.execute()
            return StoredText(text.decode(), reasoning.decode(), bool(ended))

        return await self._open().run(read, None)

    def read_whole_sync(self, answer_id: str) -> StoredText | None:
        def read(client: redis.Redis) -> StoredText | None:
            values: Any = client.mget(text_key(answer_id), reasoning_key(answer_id))
            text, reasoning = values
            return StoredText((text or b"").decode(), (reasoning or b"").decode(), ended=True)

        return self._connection.run_sync(read, None)

    def fence_sync(self, answer_id: str) -> None:
        def fence(client: redis.Redis) -> None:
            client.set(ended_key(answer_id), 1, ex=ENDED_FOR_S)

        self._connection.run_sync(fence, None)

    def unfence_sync(self, answer_id: str) -> None:
        def unfence(client: redis.Redis) -> None:
            client.delete(ended_key(answer_id))

        self._connection.run_sync(unfence, None)

    async def request_stop(self, answer_id: str) -> bool:
        async def set_flag(client: redis.asyncio.Redis) -> bool:
            return bool(await client.set(stop_key(answer_id), 1, ex=STOP_FOR_S))

        return await self._open().run(set_flag, False)

    async def stop_requests(self) -> list[str]:
        return [answer_id for answer_id, is_set in (await self._flags(stop_key)).items() if is_set]

    def mark_watched(self, answer_id: str) -> None:
        self._writer.set_watched(answer_id, True)

    async def watched_elsewhere(self) -> set[str]:
        flags = await self._flags(watched_key)
        for answer_id, is_watched in flags.items():
            self._writer.set_watched(answer_id, is_watched)
        return {answer_id for answer_id, is_watched in flags.items() if is_watched}

    async def _flags(self, key: Callable[[str], str]) -> dict[str, bool]:
        ids = self._writer.answer_ids

        async def read(client: redis.asyncio.Redis) -> dict[str, bool]:
            values = await client.mget([key(answer_id) for answer_id in ids])
            return dict(zip(ids, map(bool, values), strict=True))

        return await self._connection.run(read, {}) if ids else {}

    async def lost_hubs(self) -> list[str]:
        self._open()
        return await self._heartbeats.lost()

    async def forget_hub(self, hub: str) -> None:
        self._open()
        await self._heartbeats.forget(hub)
