"""The way out of one socket: it knows when a reader takes nothing any more, and when to close."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from chat.websocket.direct_write import DirectWriter, NoDirectWriter
from core.close_codes import POLICY_VIOLATION

# How often a socket is looked at before it counts as stalled.
LOOKS = 4

Send = Callable[[Any], Awaitable[None]]


class Sender:
    """`let_go` is called before the outlet closes the socket by itself."""

    def __init__(
        self,
        send: Send,
        let_go: Callable[[], None] = lambda: None,
        straight: DirectWriter | None = None,
    ) -> None:
        self._send = send
        self._let_go = let_go
        straight = straight or NoDirectWriter()
        self.is_free, self.write = straight.is_free, straight.write
        # Messages handed to the server, and those it has taken: counted, since a clock costs more.
        self._begun = 0
        self._done = 0
        self._done_at_last_look = 0
        self._watch: asyncio.TimerHandle | None = None
        self._ends: list[asyncio.TimerHandle] = []
        self._closing: asyncio.Task[None] | None = None

    async def text(self, frame: str) -> None:
        if self._watch is None:
            self._look_later()
        self._begun += 1
        try:
            await self._send({"type": "websocket.send", "text": frame})
        finally:
            self._done += 1

    def close_in(self, seconds: float, code: int, reason: str) -> None:
        loop = asyncio.get_running_loop()
        self._ends.append(loop.call_later(max(0, seconds), self._close, code, reason))

    def retire(self) -> None:
        """The socket is gone."""
        for timer in (self._watch, *self._ends):
            if timer:
                timer.cancel()

    def _look_later(self) -> None:
        self._done_at_last_look = self._done
        self._look_again(LOOKS)

    def _look_again(self, left: int) -> None:
        every = settings.STALLED_READER_S / LOOKS
        self._watch = asyncio.get_running_loop().call_later(every, self._look, left)

    def _look(self, left: int) -> None:
        """One timer while there is something on its way, none while nothing is sent."""
        self._watch = None
        if self._begun == self._done:
            return
        if self._done != self._done_at_last_look:
            self._look_later()
        elif left > 1:
            self._look_again(left - 1)
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
