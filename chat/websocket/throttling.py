"""Rate limits: a token bucket for the frames of one socket, a leaky bucket for refusals."""

from __future__ import annotations

import asyncio

from django.conf import settings

# As many seconds' worth of frames may come at once: a client that reconnects has much to send.
BURST_S = 5


class TokenBucket:
    """Each frame takes one token, and tokens come back with time. Without any, the socket is not
    read until there is one, so that the client is back-pressured."""

    def __init__(self) -> None:
        self._tokens = float(BURST_S * settings.MAX_FRAMES_PER_S)
        self._refilled_at = asyncio.get_running_loop().time()

    async def take(self) -> None:
        """To be awaited after each frame. Yields to other sockets even if there are tokens left."""
        await asyncio.sleep(self._take_one() if settings.MAX_FRAMES_PER_S else 0)

    def refund(self) -> None:
        """For a question that is answered: questions have limits of their own."""
        self._tokens += 1

    def _take_one(self) -> float:
        """The seconds to wait until the bucket is not overdrawn."""
        now, rate = asyncio.get_running_loop().time(), settings.MAX_FRAMES_PER_S
        self._tokens += (now - self._refilled_at) * rate
        self._tokens = min(self._tokens, float(BURST_S * rate)) - 1
        self._refilled_at = now
        return max(0.0, -self._tokens / rate)


class LeakyBucket:
    """Lets `per_second` callers through each second; the others wait, at most `max_wait_s`."""

    def __init__(self, per_second: int, max_wait_s: float) -> None:
        self._gap_s, self._max_wait_s = 1 / per_second, max_wait_s
        # When the next caller is let through.
        self._next_at = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        # A second's worth may come at once.
        self._next_at = max(self._next_at, now - 1) + self._gap_s
        wait_s = min(self._next_at - now, self._max_wait_s)
        self._next_at = now + wait_s
        if wait_s > 0:
            await asyncio.sleep(wait_s)
