"""Slots for expensive work: a limited number at once, and callers take turns by owner."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Event, Lock


class FairSlots:
    """At most `limit()` slots are taken at once, in one process.

    Those who wait are served in turns, one of each owner. Where there is more than one slot, no
    owner takes all of them: a second owner need not wait for the first one's slow work.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._lock = Lock()
        self._taken: Counter[Hashable] = Counter()
        # What is called when their turn has come. The owner whose turn is next in front.
        self._waiting: OrderedDict[Hashable, deque[Callable[[], object]]] = OrderedDict()

    @contextmanager
    def slot(self, owner: Hashable) -> Iterator[None]:
        """Waits for a slot, which is taken until the block ends."""
        self._take(owner)
        try:
            yield
        finally:
            self.give_back(owner)

    def call_with_slot(self, owner: Hashable, begin: Callable[[], object]) -> None:
        """Calls `begin` when a slot was taken for the owner, now or later, in any thread. It must
        only start something, which ends with `give_back`."""
        with self._lock:
            self._waiting.setdefault(owner, deque()).append(begin)
            self._serve_waiting()

    def give_back(self, owner: Hashable) -> None:
        with self._lock:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]
            self._serve_waiting()

    def _take(self, owner: Hashable) -> None:
        turn = Event()
        self.call_with_slot(owner, turn.set)
        try:
            turn.wait()
        except BaseException:
            # Interrupted by a signal: what was taken, or may still be served, is given up.
            if not self._has_left_queue(owner, turn.set):
                self.give_back(owner)
            raise

    def _has_left_queue(self, owner: Hashable, begin: Callable[[], object]) -> bool:
        """False if its turn has come already."""
        with self._lock:
            if begin not in self._waiting.get(owner, ()):
                return False
            self._remove(owner, begin)
            return True

    def _serve_waiting(self) -> None:
        limit = max(1, self._limit())
        share = max(1, limit - 1)
        while self._taken.total() < limit:
            owner = next((owner for owner in self._waiting if self._taken[owner] < share), None)
            if owner is None:
                return
            begin = self._waiting[owner][0]
            self._remove(owner, begin)
            if owner in self._waiting:
                self._waiting.move_to_end(owner)
            self._taken[owner] += 1
            begin()

    def _remove(self, owner: Hashable, begin: Callable[[], object]) -> None:
        self._waiting[owner].remove(begin)
        if not self._waiting[owner]:
            del self._waiting[owner]
