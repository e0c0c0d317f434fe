"""Writes the text of this process's answers to Redis, then appends it to the live answers.

One script call per process and tick appends what is new of all answers. Each piece names the
offset it belongs to, so a call that is repeated, or comes after Redis lost its memory, doubles
nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import redis.asyncio

from chat.live.answer import LiveAnswer
from chat.live.redis_connection import RedisConnection
from chat.live.redis_keys import LIVE_FOR_S, ended_key, reasoning_key, text_key
from core.broadcast import answer_group, broadcaster
from core.tasks import TaskSet

logger = logging.getLogger(__name__)

# Keys come in pairs: a text, and the flag that its answer has ended. Returns the numbers of the
# texts that are shorter than they should be, which are then sent whole, and of those that have
# ended.
APPEND = """
local gaps, fenced = {}, {}
for i = 1, #KEYS / 2 do
    local key, offset, piece = KEYS[2 * i - 1], tonumber(ARGV[2 * i]), ARGV[2 * i + 1]
    local length = redis.call('STRLEN', key)
    if redis.call('EXISTS', KEYS[2 * i]) == 1 then
        fenced[#fenced + 1] = i - 1
    elseif length < offset then
        gaps[#gaps + 1] = i - 1
    elseif length == offset then
        redis.call('APPEND', key, piece)
        if offset == 0 then redis.call('EXPIRE', key, ARGV[1]) end
    else
        redis.call('SETRANGE', key, offset, piece)
    end
end
return {gaps, fenced}
"""
# Whether the answer has not ended.
REWRITE = """
if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[1])
return 1
"""


@dataclass(slots=True)
class _Buffer:
    """An answer of this process, and its text that is not in Redis yet."""

    answer: LiveAnswer
    on_fenced: Callable[[], None]
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    # By a reader in another process.
    is_watched: bool = False
    # Another process has ended the answer.
    is_fenced: bool = False

    def fence(self) -> None:
        if not self.is_fenced:
            self.is_fenced = True
            self.on_fenced()

    def take(self) -> _Batch:
        batch = _Batch(self, "".join(self.text), "".join(self.reasoning))
        self.text, self.reasoning = [], []
        return batch


class _Batch(NamedTuple):
    """What is new of one answer, on its way to Redis."""

    buffer: _Buffer
    text: str = ""
    reasoning: str = ""

    def appends(self) -> list[_Append]:
        answer = self.buffer.answer
        reasoning = _Append(reasoning_key(answer.id), answer.reasoning.size, self.reasoning, self)
        text = _Append(text_key(answer.id), answer.text.size, self.text, self)
        return [append for append in (reasoning, text) if append.text]

    def show(self) -> None:
        if self.buffer.is_fenced:
            return
        if self.reasoning:
            self.buffer.answer.write_reasoning(self.reasoning)
        if self.text:
            self.buffer.answer.write(self.text)


class _Append(NamedTuple):
    key: str
    offset: int
    text: str
    batch: _Batch


class RedisWriter:
    def __init__(self, connection: RedisConnection, tick_s: float) -> None:
        self._connection = connection
        self._tick_s = tick_s
        self._buffers: dict[str, _Buffer] = {}
        self._dirty: dict[str, _Buffer] = {}
        self._in_flight: Sequence[_Batch] = ()
        self._tasks = TaskSet()

    @property
    def answer_ids(self) -> list[str]:
        return list(self._buffers)

    def begin(self, answer: LiveAnswer, on_fenced: Callable[[], None]) -> None:
        self._buffers[answer.id] = _Buffer(answer, on_fenced)

    def end(self, answer: LiveAnswer) -> bool:
        """Whether it was one of ours."""
        return self._buffers.pop(answer.id, None) is not None

    def set_watched(self, answer_id: str, is_watched: bool) -> None:
        if buffer := self._buffers.get(answer_id):
            buffer.is_watched = is_watched

    def write(self, answer: LiveAnswer, text: str) -> None:
        buffer = self._buffers[answer.id]
        buffer.text.append(text)
        self._mark_dirty(buffer)

    def write_reasoning(self, answer: LiveAnswer, text: str) -> None:
        buffer = self._buffers[answer.id]
        buffer.reasoning.append(text)
        self._mark_dirty(buffer)

    def _mark_dirty(self, buffer: _Buffer) -> None:
        self._dirty[buffer.answer.id] = buffer
        self._has_new.set()

    async def flush(self, answer: LiveAnswer) -> None:
        # What is on its way now, then what was written meanwhile.
        for _ in range(2):
            if answer.id in self._dirty or any(
                batch.buffer.answer is answer for batch in self._in_flight
            ):
                await self._flushed.wait()

    def start(self) -> None:
        """In the event loop that runs now."""
        self._has_new, self._flushed = asyncio.Event(), asyncio.Event()
        self._tasks.start(self._write_batches())

    def stop(self) -> None:
        self._tasks.cancel()

    async def _write_batches(self) -> None:
        """The first token goes out at once; what comes within the next tick goes out together."""
        while True:
            await self._has_new.wait()
            self._has_new.clear()
            try:
                await self._write_batch()
            except Exception:
                logger.exception("A flush failed")
            await asyncio.sleep(self._tick_s)

    async def _write_batch(self) -> None:
        """Without Redis, text is shown all the same, in the order it was written."""
        dirty, self._dirty = self._dirty, {}
        self._in_flight = [buffer.take() for buffer in dirty.values()]
        try:
            await self._connection.run(self._append, None)
        finally:
            for batch in self._in_flight:
                batch.show()
                # Without Redis no message would arrive: mirrors poll.
                if batch.buffer.is_watched and not self._connection.is_away:
                    broadcaster().publish_soon(answer_group(batch.buffer.answer.id))
            self._in_flight = ()
            self._flushed.set()
            self._flushed = asyncio.Event()

    async def _append(self, client: redis.asyncio.Redis) -> None:
        appends = [append for batch in self._in_flight for append in batch.appends()]
        arguments: list[Any] = [LIVE_FOR_S]
        for append in appends:
            arguments += (append.offset, append.text)
        keys = [
            key
            for append in appends
            for key in (append.key, ended_key(append.batch.buffer.answer.id))
        ]
        gaps, fenced = await client.register_script(APPEND)(keys, arguments)
        for number in fenced:
            appends[number].batch.buffer.fence()
        for number in gaps:
            await _rewrite(client, appends[number].batch)

    async def refill(self, client: redis.asyncio.Redis) -> None:
        """What Redis lacks is sent whole; what is written during that shows as a gap."""
        buffers = list(self._buffers.values())
        async with client.pipeline(transaction=False) as pipe:
            for buffer in buffers:
                pipe.strlen(text_key(buffer.answer.id))
                pipe.strlen(reasoning_key(buffer.answer.id))
            lengths = await pipe.execute()
        for buffer, size, reasoning_size in zip(buffers, lengths[::2], lengths[1::2], strict=True):
            answer = buffer.answer
            if size < answer.text.size or reasoning_size < answer.reasoning.size:
                await _rewrite(client, _Batch(buffer))
                if buffer.is_watched:
                    broadcaster().publish_soon(answer_group(answer.id))


async def _rewrite(client: redis.asyncio.Redis, batch: _Batch) -> None:
    answer = batch.buffer.answer
    text, reasoning = str(answer.text) + batch.text, str(answer.reasoning) + batch.reasoning
    keys = [text_key(answer.id), reasoning_key(answer.id), ended_key(answer.id)]
    if not await client.register_script(REWRITE)(keys, [LIVE_FOR_S, text, reasoning]):
        batch.buffer.fence()
