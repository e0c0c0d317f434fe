"""So many at once on one connection, and no more."""

from __future__ import annotations

import asyncio

from chat.errors import TooMany


class Places:
    def __init__(self, limit: int, what: str) -> None:
        self._limit = limit
        self._what = what
        self._taken = 0

    def take(self, **known: str | None) -> None:
        """Raises `TooMany`."""
        if self._taken >= self._limit:
            message = f"At most {self._limit} {self._what} at once on one connection"
            raise TooMany(message, retry_after=1, **known)
        self._taken += 1

    def leave_after(self, task: asyncio.Task[None]) -> None:
        task.add_done_callback(self._leave)

    def _leave(self, _: asyncio.Task[None]) -> None:
        self._taken -= 1
