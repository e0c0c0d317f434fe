"""Limits of requests that are arriving: how long they may take, and how large they may be."""

from __future__ import annotations

import time

from django.conf import settings

# As Twisted does, and what one chunk of a proxy holds.
MAX_HEAD_BYTES = 16 * 1024
# A large file over a slow line has time to arrive; a byte now and then does not buy any.
MIN_BYTES_PER_S = 2048


class RequestProgress:
    """One request, or handshake, from its first byte until it has arrived."""

    def __init__(self) -> None:
        self._started_at = time.monotonic()
        self._due_at = self._started_at + settings.SLOW_REQUEST_S
        self._size = 0
        # What the whole request may have.
        self.max_bytes = settings.MAX_UPLOAD_BYTES + MAX_HEAD_BYTES

    def add(self, size: int) -> None:
        """However fast it was before, it has to keep up the rate: what was gained by speed is worth
        SLOW_REQUEST_S at most."""
        self._size += size
        latest = time.monotonic() + settings.SLOW_REQUEST_S
        self._due_at = min(self._due_at + size / MIN_BYTES_PER_S, latest)

    def is_too_large(self) -> bool:
        return self._size > self.max_bytes

    def time_left_s(self) -> float:
        """How many seconds it still has, until more of it arrives; below 0: too slow."""
        ends_at = min(self._due_at, self._started_at + settings.MAX_UPLOAD_S)
        return float(ends_at - time.monotonic())
