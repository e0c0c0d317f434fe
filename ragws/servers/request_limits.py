"""A request on its way in: slow lines are waited for, those who play at being slow are not."""

from __future__ import annotations

import time

from django.conf import settings

# As Twisted does, and what one chunk of a proxy holds.
MAX_HEAD_BYTES = 16 * 1024
# Who sends a large file over a poor line is waited for; who sends a byte now and then is not.
SLOWEST_BYTES_PER_S = 1024


class RequestProgress:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._size = 0

    def add(self, size: int) -> None:
        self._size += size

    def is_too_large(self, declared: int = 0) -> bool:
        """Django would write all of it into a file before it asks who it is from."""
        return max(self._size, declared) > settings.MAX_REQUEST_BYTES

    def left_s(self) -> float:
        """How long it still has, as far as it has come."""
        allowed = settings.SLOW_REQUEST_S + self._size / SLOWEST_BYTES_PER_S
        return float(allowed - (time.monotonic() - self._began))
