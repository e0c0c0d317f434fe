"""So many at once on one connection, and no more."""

from __future__ import annotations

import asyncio

from core.errors import TooManyRequests


class Slots:
    def __init__(self, limit: int, what: str) -> None:
        self._limit = limit
        self._what = what
        self._taken = 0

    def take(self, **known: str | None) -> None:
        """Raises `TooManyRequests`."""
        if self._taken >= self._limit:
            message = f"At most {self._limit} {self._what} at once on one connection"
            raise TooManyRequests(message, retry_after=1, **known)
        self._taken += 1

    def leave_after(self, task: asyncio.Task[None]) -> None:
        task.add_done_callback(self._leave)

    def _leave(self, _: asyncio.Task[None]) -> None:
        self._taken -= 1
