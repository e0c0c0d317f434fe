"""Rate limits: a token bucket for the frames of one socket, a leaky bucket for refusals."""

from __future__ import annotations

import asyncio

# As many seconds' worth of frames may come at once: a client that reconnects has much to send.
BURST_S = 5


class TokenBucket:
    """Each frame takes one token, and `per_second` tokens come back. Without any, the socket is not
    read until there is one, so that the client is back-pressured. 0 per second: no limit."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._tokens = BURST_S * per_second
        self._refilled_at = asyncio.get_running_loop().time()

    async def take(self) -> None:
        """To be awaited after each frame. Yields to other sockets even if there are tokens left."""
        await asyncio.sleep(self.take_now())

    def refund(self) -> None:
        """For a question that is answered: questions have limits of their own."""
        self._tokens += 1

    def take_now(self, count: int = 1) -> float:
        """The seconds to wait until the bucket is not overdrawn."""
        if not self._per_second:
            return 0
        now = asyncio.get_running_loop().time()
        self._tokens += (now - self._refilled_at) * self._per_second
        self._tokens = min(self._tokens, BURST_S * self._per_second) - count
        self._refilled_at = now
        return max(0.0, -self._tokens / self._per_second)


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
