"""Sends frames on one socket, closes it at a time, and closes it when its client stops reading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from chat.websocket.direct_write import DirectWriter, NoDirectWriter
from core.close_codes import POLICY_VIOLATION

# So many checks in a row, STALLED_READER_S in all, must find nothing taken: then it is stalled.
STALL_CHECKS = 4

Send = Callable[[Any], Awaitable[None]]


class Sender:
    """`before_close` is called before the sender closes the socket by itself."""

    def __init__(
        self,
        send: Send,
        before_close: Callable[[], None] = lambda: None,
        direct_writer: DirectWriter | None = None,
    ) -> None:
        self._send = send
        self._before_close = before_close
        direct_writer = direct_writer or NoDirectWriter()
        self.is_free, self.write = direct_writer.is_free, direct_writer.write
        # Messages handed to the server, and those it has taken: counted, since a clock costs more.
        self._begun = 0
        self._done = 0
        self._done_before = 0
        self._stall_timer: asyncio.TimerHandle | None = None
        self._close_timers: list[asyncio.TimerHandle] = []
        self._closing: asyncio.Task[None] | None = None

    async def send_text(self, frame: str) -> None:
        if self._stall_timer is None:
            self._begin_stall_checks()
        self._begun += 1
        try:
            await self._send({"type": "websocket.send", "text": frame})
        finally:
            self._done += 1

    def close_in(self, seconds: float, code: int, reason: str) -> None:
        loop = asyncio.get_running_loop()
        self._close_timers.append(loop.call_later(max(0, seconds), self._close, code, reason))

    def cancel_timers(self) -> None:
        """To be called when the socket is gone."""
        for timer in (self._stall_timer, *self._close_timers):
            if timer:
                timer.cancel()

    def _begin_stall_checks(self) -> None:
        self._done_before = self._done
        self._check_stall_later(STALL_CHECKS)

    def _check_stall_later(self, left: int) -> None:
        every_s = settings.STALLED_READER_S / STALL_CHECKS
        loop = asyncio.get_running_loop()
        self._stall_timer = loop.call_later(every_s, self._check_stall, left)

    def _check_stall(self, left: int) -> None:
        """There is one timer while a message is on its way, and none while nothing is sent."""
        self._stall_timer = None
        if self._begun == self._done:
            return
        if self._done != self._done_before:
            self._begin_stall_checks()
        elif left > 1:
            self._check_stall_later(left - 1)
        else:
            self._close(POLICY_VIOLATION, "Nothing was read for too long; connect and resume")

    def _close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._before_close()
            self._closing = asyncio.create_task(self._send_close(code, reason))

    async def _send_close(self, code: int, reason: str) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except OSError:
            self.cancel_timers()
