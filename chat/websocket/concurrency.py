"""Limits how many requests of one kind run at once on one connection."""

from __future__ import annotations

import asyncio

from core.errors import TooManyRequests


class Slots:
    """`running` completes the sentence "At most 8 … at once on one connection"."""

    def __init__(self, limit: int, running: str) -> None:
        self._limit = limit
        self._running = running
        self._taken = 0

    def take(self, **ids: str | None) -> None:
        """Raises TooManyRequests, with the ids of the request, if all slots are taken."""
        if self._taken >= self._limit:
            message = f"At most {self._limit} {self._running} at once on one connection"
            raise TooManyRequests(message, retry_after=1, **ids)
        self._taken += 1

    def free_after(self, task: asyncio.Task[None]) -> None:
        task.add_done_callback(self._free)

    def _free(self, _: asyncio.Task[None]) -> None:
        self._taken -= 1
