"""Limits of requests that are arriving: how long they may take, and how large they may be."""

from __future__ import annotations

import time

from django.conf import settings

# As Twisted does, and what one chunk of a proxy holds.
MAX_HEAD_BYTES = 16 * 1024
# A large file over a slow line has time to arrive; a byte now and then does not buy any.
MIN_BYTES_PER_S = 1024


class RequestProgress:
    """One request, or handshake, from its first byte until it has arrived."""

    def __init__(self) -> None:
        self._started_at = time.monotonic()
        self._size = 0

    def add(self, size: int) -> None:
        self._size += size

    def is_too_large(self, declared: int = 0) -> bool:
        """Django would write all of it to a file before it authenticates the request."""
        return max(self._size, declared) > settings.MAX_REQUEST_BYTES

    def time_left_s(self) -> float:
        """How many seconds it still has to arrive, given what has arrived; below 0: too slow."""
        allowed = settings.SLOW_REQUEST_S + self._size / MIN_BYTES_PER_S
        return float(allowed - (time.monotonic() - self._started_at))
