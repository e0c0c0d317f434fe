"""One HTTP request that follows an answer, and the end of all of them when the server leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from django.conf import settings

from accounts.errors import NotAuthenticated
from chat.live.answer import LiveAnswer, Progress, Reader
from chat.live.load_shedding import load_shedding
from core.errors import AppError
from core.tasks import per_event_loop


class Connection:
    """Reads answers until they end, or until it is told to end itself."""

    def __init__(self) -> None:
        self._end: AppError | None = None
        self._answer: LiveAnswer | None = None
        self._timers: list[asyncio.TimerHandle] = []

    def end(self, why: AppError) -> None:
        """Reading stops, unless the answer has ended: then the rest of it is still read."""
        self._end = self._end or why
        if self._answer:
            self._answer.wake()

    def end_in(self, seconds: float, reason: str) -> None:
        """When the credential ends, which may be now."""
        self.end_later(seconds, NotAuthenticated(reason))

    def end_later(self, seconds: float, why: AppError) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(max(0, seconds), self.end, why))

    def cancel_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()

    async def follow(
        self, answer: LiveAnswer, offset: int = 0, reasoning_offset: int | None = 0
    ) -> AsyncGenerator[Progress | None, None]:
        """All there is from `offset` on, until the end; None after each `SSE_KEEP_ALIVE_S` without
        anything. While a piece is being sent, text collects for the next one.

        Raises Conflict for an impossible offset, and what `end` was given.
        """
        self._answer = answer
        with Reader(answer, offset, reasoning_offset) as reader, load_shedding() as shedding:
            while True:
                if self._end and not answer.outcome:
                    raise self._end
                if new := reader.take_new():
                    yield new
                    if gap_s := max(settings.CHUNK_GAP_S, shedding.gap_s):
                        await asyncio.sleep(gap_s)
                elif answer.outcome:
                    return
                elif not await _changed(answer):
                    yield None


async def _changed(answer: LiveAnswer) -> bool:
    """Whether anything has, before it is time for a sign of life."""
    try:
        async with asyncio.timeout(settings.SSE_KEEP_ALIVE_S):
            await answer.changed()
    except TimeoutError:
        return False
    return True


class OpenConnections:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._make_end: Callable[[], AppError] | None = None

    def add(self, connection: Connection) -> None:
        self._open.add(connection)
        if self._make_end:
            connection.end(self._make_end())

    def discard(self, connection: Connection) -> None:
        self._open.discard(connection)

    def end(self, make_end: Callable[[], AppError]) -> None:
        """The server leaves: they go on elsewhere. Later ones are ended at once."""
        self._make_end = make_end
        for connection in tuple(self._open):
            connection.end(make_end())


open_connections = per_event_loop(OpenConnections)
