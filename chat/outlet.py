"""The way out of one socket: it knows when a reader takes nothing any more, and when to close."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from django.conf import settings

# RFC 6455, section 7.4.1, and the registry it founded.
NORMAL = 1000
POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012

Send = Callable[[Any], Awaitable[None]]


class Outlet:
    """`let_go` is called before the outlet closes the socket by itself."""

    def __init__(self, send: Send, let_go: Callable[[], None] = lambda: None) -> None:
        self._send = send
        self._let_go = let_go
        self._waiting = 0
        self._waiting_since = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._ends: list[asyncio.TimerHandle] = []
        self._closing: asyncio.Task[None] | None = None

    async def send(self, message: Any) -> None:
        if not self._waiting:
            self._waiting_since = monotonic()
        self._waiting += 1
        if self._watch is None:
            self._watch_for(settings.STALLED_READER_S)
        try:
            await self._send(message)
        finally:
            self._waiting -= 1
            self._waiting_since = monotonic()

    def close_in(self, seconds: float, code: int, reason: str) -> None:
        loop = asyncio.get_running_loop()
        self._ends.append(loop.call_later(max(0, seconds), self._close, code, reason))

    def retire(self) -> None:
        """The socket is gone."""
        for timer in (self._watch, *self._ends):
            if timer:
                timer.cancel()

    def _watch_for(self, seconds: float) -> None:
        self._watch = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        """One timer for a whole burst of frames; none while nothing is sent."""
        self._watch = None
        if not self._waiting:
            return
        left = self._waiting_since + settings.STALLED_READER_S - monotonic()
        if left > 0:
            self._watch_for(left)
        else:
            self._close(POLICY_VIOLATION, "Nothing was read for too long; connect and resume")

    def _close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._let_go()
            self._closing = asyncio.create_task(self._say_goodbye(code, reason))

    async def _say_goodbye(self, code: int, reason: str) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except OSError:
            self.retire()
