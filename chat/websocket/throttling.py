"""How fast a socket is listened to: nobody has the server to himself by talking without a pause."""

from __future__ import annotations

import asyncio

from django.conf import settings

# So many seconds' worth of frames may come at once: what a client has to say when it comes back.
BURST_S = 5


class TokenBucket:
    """Frames cost credit, which comes back with time. Without any, the next one has to wait: the
    server reads no more meanwhile, and so the client cannot send."""

    def __init__(self) -> None:
        self._credit = float(BURST_S * settings.MAX_FRAMES_PER_S)
        self._counted_at = asyncio.get_running_loop().time()

    async def keep(self) -> None:
        """After each frame. Others get their turn, also if there is credit."""
        await asyncio.sleep(self._count() if settings.MAX_FRAMES_PER_S else 0)

    def give_back(self) -> None:
        """For a question that is answered: how many there may be has limits of its own."""
        self._credit += 1

    def _count(self) -> float:
        """How long to wait."""
        now, rate = asyncio.get_running_loop().time(), settings.MAX_FRAMES_PER_S
        self._credit += (now - self._counted_at) * rate
        self._credit = min(self._credit, float(BURST_S * rate)) - 1
        self._counted_at = now
        return max(0.0, -self._credit / rate)


class Queue:
    """So many a second are let through; who comes when there are more waits, but not for ever."""

    def __init__(self, a_second: int, most_s: float) -> None:
        self._gap, self._most_s = 1 / a_second, most_s
        # When the next one is let through.
        self._next_at = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        # A second's worth may come at once.
        self._next_at = max(self._next_at, now - 1) + self._gap
        left = min(self._next_at - now, self._most_s)
        self._next_at = now + left
        if left > 0:
            await asyncio.sleep(left)
