"""Live answers in Redis: one string each, appended; whoever reads it elsewhere sees it first there.

One script call per process and tick appends the news of all answers. Each piece names the offset
it belongs to, so a call that is repeated, or comes after Redis lost its memory, doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from chat.live.answer import LiveAnswer
from chat.live.doorbell import answer_group, ring
from chat.live.store import Kept

logger = logging.getLogger(__name__)

# Seconds.
TIMEOUT_S = 1
MAX_CONNECTIONS = 16
RETRY_S = 1
LIVE_FOR_S = 6 * 3600
ENDED_FOR_S = 600
WATCHED_FOR_S = 5
STOP_FOR_S = 60
# How often a process says that it is there, and how long that holds.
BEAT_S = 1
BEAT_FOR_S = 3

ERRORS = (redis.RedisError, OSError, asyncio.TimeoutError)

# Answers the numbers of keys that are shorter than they should be; those are then sent whole.
APPEND = """
local gaps = {}
for i, key in ipairs(KEYS) do
    local offset, piece = tonumber(ARGV[2 * i]), ARGV[2 * i + 1]
    local length = redis.call('STRLEN', key)
    if length < offset then
        gaps[#gaps + 1] = i - 1
    elseif length == offset then
        redis.call('APPEND', key, piece)
        if offset == 0 then redis.call('EXPIRE', key, ARGV[1]) end
    else
        redis.call('SETRANGE', key, offset, piece)
    end
end
return gaps
"""


def text_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:text"


def reasoning_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:reasoning"


def ended_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:ended"


def stop_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:stop"


def watched_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:watched"


HUBS_KEY = "ragws:hubs"


def hub_key(name: str) -> str:
    return f"ragws:hub:{name}"


@dataclass(slots=True)
class _Held:
    """An answer of this process, and what it says that is not kept yet."""

    answer: LiveAnswer
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    watched: bool = False
    to_ring: bool = False
    ringing: asyncio.Task[None] | None = None

    def take(self) -> _News:
        news = _News(self, "".join(self.text), "".join(self.reasoning))
        self.text, self.reasoning = [], []
        return news


class _News(NamedTuple):
    held: _Held
    text: str
    reasoning: str

    def pieces(self) -> list[_Piece]:
        answer = self.held.answer
        thought = _Piece(reasoning_key(answer.id), answer.reasoning.size, self.reasoning, self)
        said = _Piece(text_key(answer.id), answer.text.size, self.text, self)
        return [piece for piece in (thought, said) if piece.text]

    def show(self) -> None:
        if self.reasoning:
            self.held.answer.think(self.reasoning)
        if self.text:
            self.held.answer.write(self.text)


class _Piece(NamedTuple):
    key: str
    offset: int
    text: str
    news: _News


class RedisStore:
    """`name`: the hub it keeps the answers of."""

    def __init__(self, url: str, tick_s: float, name: str) -> None:
        self.is_degraded = False
        self._url = url
        self._name = name
        self._tick_s = tick_s
        self._held: dict[str, _Held] = {}
        self._dirty: dict[str, _Held] = {}
        self._in_flight: Sequence[_News] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        # Processes that were heard of.
        self._hubs: set[str] = set()

    async def check(self) -> bool:
        self._come_to_life()
        await self._beat()
        return not self.is_degraded

    def begin(self, answer: LiveAnswer) -> None:
        self._come_to_life()
        self._held[answer.id] = _Held(answer)

    def write(self, answer: LiveAnswer, text: str) -> None:
        held = self._held[answer.id]
        held.text.append(text)
        self._mark(held)

    def think(self, answer: LiveAnswer, text: str) -> None:
        held = self._held[answer.id]
        held.reasoning.append(text)
        self._mark(held)

    def _mark(self, held: _Held) -> None:
        self._dirty[held.answer.id] = held
        self._wake.set()

    async def settle(self, answer: LiveAnswer) -> None:
        while answer.id in self._dirty or any(n.held.answer is answer for n in self._in_flight):
            await self._flushed.wait()

    async def end(self, answer: LiveAnswer) -> None:
        held = self._held.pop(answer.id, None)
        if held is None:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(ended_key(answer.id), 1, ex=ENDED_FOR_S)
                pipe.expire(text_key(answer.id), ENDED_FOR_S)
                pipe.expire(reasoning_key(answer.id), ENDED_FOR_S)
                await pipe.execute()
        except ERRORS as error:
            self._degrade(error)
        else:
            await ring(answer_group(answer.id))

    async def since(self, answer_id: str, offset: int, reasoning_offset: int) -> Kept | None:
        self._come_to_life()
        if self.is_degraded:
            return None
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.getrange(text_key(answer_id), offset, -1)
                pipe.getrange(reasoning_key(answer_id), reasoning_offset, -1)
                pipe.exists(ended_key(answer_id))
                pipe.set(watched_key(answer_id), 1, ex=WATCHED_FOR_S)
                text, reasoning, ended, _ = await pipe.execute()
        except ERRORS as error:
            self._degrade(error)
            return None
        return Kept(text.decode(), reasoning.decode(), bool(ended))

    async def ask_to_stop(self, answer_id: str) -> bool:
        self._come_to_life()
        try:
            await self._redis.set(stop_key(answer_id), 1, ex=STOP_FOR_S)
        except ERRORS as error:
            self._degrade(error)
            return False
        return True

    async def asked_to_stop(self) -> list[str]:
        return [id for id, left in (await self._flags(stop_key)).items() if left]

    async def watched_elsewhere(self) -> set[str]:
        flags = await self._flags(watched_key)
        for answer_id, watched in flags.items():
            if held := self._held.get(answer_id):
                held.watched = watched
        return {answer_id for answer_id, watched in flags.items() if watched}

    def watch(self, answer_id: str) -> None:
        if held := self._held.get(answer_id):
            held.watched = True

    def rescue(self, answer_id: str) -> Kept | None:
        if self.is_degraded:
            return None
        try:
            with self._blocking() as client:
                text, reasoning = client.mget(text_key(answer_id), reasoning_key(answer_id))
        except ERRORS as error:
            logger.warning("What Redis kept of a lost answer cannot be read: %s", error)
            return None
        return Kept((text or b"").decode(), (reasoning or b"").decode(), ended=True)

    def is_running(self, hub: str) -> bool | None:
        if self.is_degraded:
            return None
        try:
            with self._blocking() as client:
                return bool(client.exists(hub_key(hub)))
        except ERRORS:
            return None

    async def lost_hubs(self) -> list[str]:
        self._come_to_life()
        if self.is_degraded:
            return []
        try:
            # Remembered here as well: Redis may lose its memory together with a process.
            found: Any = await self._redis.smembers(HUBS_KEY)
            self._hubs |= {name.decode() for name in found}
            hubs = sorted(self._hubs - {self._name})
            beats = await self._redis.mget([hub_key(name) for name in hubs]) if hubs else []
        except ERRORS as error:
            self._degrade(error)
            return []
        return [name for name, beat in zip(hubs, beats, strict=True) if beat is None]

    async def forget_hub(self, hub: str) -> None:
        self._come_to_life()
        self._hubs.discard(hub)
        try:
            await self._redis.srem(HUBS_KEY, hub)
        except ERRORS as error:
            self._degrade(error)

    def _blocking(self) -> redis.Redis:
        return redis.Redis.from_url(
            self._url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=BlockingRetry(NoBackoff(), 0),
        )

    async def _flags(self, key: Any) -> dict[str, bool]:
        ids = list(self._held)
        if not ids or self.is_degraded:
            return {}
        try:
            found = await self._redis.mget([key(answer_id) for answer_id in ids])
        except ERRORS as error:
            self._degrade(error)
            return {}
        return dict(zip(ids, map(bool, found), strict=True))

    def _come_to_life(self) -> None:
        """Connections and events belong to a loop: tests, and `manage.py ask`, have several."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        self.is_degraded = False
        self._redis = redis.asyncio.Redis.from_pool(
            # Who comes when all are taken waits for one: a crowd that ends at the same moment.
            redis.asyncio.BlockingConnectionPool.from_url(
                self._url,
                max_connections=MAX_CONNECTIONS,
                timeout=TIMEOUT_S,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                # Once, for connections that broke while nobody looked. The usual patience would
                # hold up the text of all answers.
                retry=Retry(NoBackoff(), 1),
            )
        )
        self._append = self._redis.register_script(APPEND)
        self._wake, self._flushed = asyncio.Event(), asyncio.Event()
        self._keep(self._flush_for_ever())
        self._keep(self._beat_for_ever())

    async def close(self) -> None:
        """For tests and commands: a server lives as long as its process."""
        for task in self._tasks:
            task.cancel()
        if self._loop is not None:
            await self._redis.aclose()
            self._loop = None

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _beat_for_ever(self) -> None:
        while True:
            await self._beat()
            await asyncio.sleep(BEAT_S)

    async def _beat(self) -> None:
        if self.is_degraded:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(hub_key(self._name), 1, ex=BEAT_FOR_S)
                pipe.sadd(HUBS_KEY, self._name)
                await pipe.execute()
        except ERRORS as error:
            self._degrade(error)

    async def _flush_for_ever(self) -> None:
        """The first token goes out at once; what comes within the next tick goes out together."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._flush()
            except Exception:
                logger.exception("A flush failed")
            await asyncio.sleep(self._tick_s)

    async def _flush(self) -> None:
        """Without Redis, what is said is shown all the same, in the order it was said."""
        dirty, self._dirty = self._dirty, {}
        self._in_flight = [held.take() for held in dirty.values()]
        try:
            if not self.is_degraded:
                await self._append_all([p for news in self._in_flight for p in news.pieces()])
        except ERRORS as error:
            self._degrade(error)
        finally:
            for news in self._in_flight:
                news.show()
                self._ring(news.held)
            self._in_flight = ()
            self._flushed.set()
            self._flushed = asyncio.Event()

    async def _append_all(self, pieces: Sequence[_Piece]) -> None:
        arguments: list[Any] = [LIVE_FOR_S]
        for piece in pieces:
            arguments += (piece.offset, piece.text)
        gaps = await self._append([piece.key for piece in pieces], arguments)
        for number in gaps:
            await self._rewrite(pieces[number].news)

    async def _rewrite(self, news: _News) -> None:
        answer = news.held.answer
        text, reasoning = str(answer.text) + news.text, str(answer.reasoning) + news.reasoning
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(text_key(answer.id), text, ex=LIVE_FOR_S)
            pipe.set(reasoning_key(answer.id), reasoning, ex=LIVE_FOR_S)
            await pipe.execute()

    def _ring(self, held: _Held) -> None:
        # Without Redis nobody would hear it: they look for themselves.
        held.to_ring = held.watched and not self.is_degraded
        if held.to_ring and (held.ringing is None or held.ringing.done()):
            held.ringing = asyncio.create_task(self._ring_until_heard(held))

    async def _ring_until_heard(self, held: _Held) -> None:
        """One ring on its way at a time; one more for what came meanwhile."""
        while held.to_ring:
            held.to_ring = False
            await ring(answer_group(held.answer.id))

    def _degrade(self, error: BaseException) -> None:
        if not self.is_degraded:
            logger.warning("Redis is out of reach, answers go on without it: %s", error)
            self.is_degraded = True
            self._keep(self._recover())

    async def _recover(self) -> None:
        """Everything that was written meanwhile is sent whole; what comes during that, as a gap."""
        while self.is_degraded:
            await asyncio.sleep(RETRY_S)
            try:
                await self._redis.ping()
                for held in list(self._held.values()):
                    await self._rewrite(_News(held, "", ""))
            except ERRORS:
                continue
            except Exception:
                logger.exception("What was written without Redis could not be sent yet")
                continue
            self.is_degraded = False
            logger.warning("Redis is back")
