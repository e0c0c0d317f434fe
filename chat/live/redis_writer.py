"""What the answers of this process say, on its way into Redis and from there to their followers.

One script call per process and tick appends the news of all answers. Each piece names the offset
it belongs to, so a call that is repeated, or comes after Redis lost its memory, doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import redis.asyncio

from chat.live.answer import LiveAnswer
from chat.live.redis_connection import RedisConnection
from chat.live.redis_keys import LIVE_FOR_S, reasoning_key, text_key
from core.broadcast import answer_group, broadcaster

logger = logging.getLogger(__name__)

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


@dataclass(slots=True)
class _Held:
    """An answer of this process, and what it says that is not kept yet."""

    answer: LiveAnswer
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    watched: bool = False

    def take(self) -> _News:
        news = _News(self, "".join(self.text), "".join(self.reasoning))
        self.text, self.reasoning = [], []
        return news


class _News(NamedTuple):
    held: _Held
    text: str = ""
    reasoning: str = ""

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


class RedisWriter:
    def __init__(self, link: RedisConnection, tick_s: float) -> None:
        self._link = link
        self._tick_s = tick_s
        self._held: dict[str, _Held] = {}
        self._dirty: dict[str, _Held] = {}
        self._in_flight: Sequence[_News] = ()

    @property
    def answer_ids(self) -> list[str]:
        return list(self._held)

    def begin(self, answer: LiveAnswer) -> None:
        self._held[answer.id] = _Held(answer)

    def end(self, answer: LiveAnswer) -> bool:
        """Whether it was one of ours."""
        return self._held.pop(answer.id, None) is not None

    def watch(self, answer_id: str, watched: bool) -> None:
        if held := self._held.get(answer_id):
            held.watched = watched

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

    def start(self) -> None:
        """In the event loop that runs now."""
        self._wake, self._flushed = asyncio.Event(), asyncio.Event()
        self._link.keep(self._flush_for_ever())

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
            await self._link.ask(self._append, None)
        finally:
            for news in self._in_flight:
                news.show()
                # Without Redis nobody would hear it: they look for themselves.
                if news.held.watched and not self._link.is_away:
                    broadcaster().publish_soon(answer_group(news.held.answer.id))
            self._in_flight = ()
            self._flushed.set()
            self._flushed = asyncio.Event()

    async def _append(self, client: redis.asyncio.Redis) -> None:
        pieces = [piece for news in self._in_flight for piece in news.pieces()]
        arguments: list[Any] = [LIVE_FOR_S]
        for piece in pieces:
            arguments += (piece.offset, piece.text)
        append = client.register_script(APPEND)
        for number in await append([piece.key for piece in pieces], arguments):
            await _rewrite(client, pieces[number].news)

    async def refill(self, client: redis.asyncio.Redis) -> None:
        """Everything so far is sent whole; what comes during that, as a gap."""
        for held in list(self._held.values()):
            await _rewrite(client, _News(held))


async def _rewrite(client: redis.asyncio.Redis, news: _News) -> None:
    answer = news.held.answer
    text, reasoning = str(answer.text) + news.text, str(answer.reasoning) + news.reasoning
    async with client.pipeline(transaction=False) as pipe:
        pipe.set(text_key(answer.id), text, ex=LIVE_FOR_S)
        pipe.set(reasoning_key(answer.id), reasoning, ex=LIVE_FOR_S)
        await pipe.execute()
