"""How many passwords one process hashes at once: each takes a third of a second of a processor."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from core.errors import Unavailable

# How many wait for their turn: of one network, and of all together.
WAITING_OF_ONE = 8
WAITING_OF_ALL = 32
RETRY_S = 5


class HashSlots:
    """Of one process; callers are threads."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._hashing = 0
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def slot(self, network: str) -> Iterator[None]:
        """Waits for a turn. Raises `Unavailable` if too many wait already."""
        with self._condition:
            self._wait_for_turn(network)
            self._hashing += 1
        try:
            yield
        finally:
            with self._condition:
                self._hashing -= 1
                self._condition.notify()

    def _wait_for_turn(self, network: str) -> None:
        if self._hashing < settings.PASSWORD_HASHES_AT_ONCE and not self._waiting:
            return
        is_full = self._waiting.total() >= WAITING_OF_ALL
        if is_full or self._waiting[network] >= WAITING_OF_ONE:
            raise Unavailable(
                "Too many people are signing in at this moment: try again", retry_after=RETRY_S
            )
        self._waiting[network] += 1
        try:
            self._condition.wait_for(lambda: self._hashing < settings.PASSWORD_HASHES_AT_ONCE)
        finally:
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]


hash_slots = HashSlots()
