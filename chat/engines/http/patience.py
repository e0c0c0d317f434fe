"""How long a response is waited for: from byte to byte, and in all."""

import asyncio
from collections.abc import AsyncGenerator


class TookTooLong(Exception):
    """Bytes came all the time, but the whole took longer than allowed."""


class Patience:
    def __init__(self, timeout_s: float, max_s: float) -> None:
        self._timeout_s = timeout_s
        self._deadline = asyncio.get_running_loop().time() + max_s

    def seconds(self, at_most: float | None = None) -> float:
        """How long to wait for the next byte."""
        wait_s = self._timeout_s if at_most is None else at_most
        return max(0, min(wait_s, self._seconds_left()))

    async def next(
        self, pieces: AsyncGenerator[bytes], at_most: float | None = None
    ) -> bytes | None:
        """Any byte, even of a comment, is a sign of life. Raises `TimeoutError`, `TookTooLong`."""
        try:
            async with asyncio.timeout(self.seconds(at_most)):
                return await anext(pieces, None)
        except TimeoutError:
            if self._seconds_left() <= 0:
                raise TookTooLong from None
            raise

    def _seconds_left(self) -> float:
        return self._deadline - asyncio.get_running_loop().time()
