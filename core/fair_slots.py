"""Slots for expensive work: a limited number at once, and callers take turns by owner."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Event, Lock


class FairSlots:
    """At most `limit()` callers are inside `slot` at once, in threads of one process.

    Those who wait are served in turns, one of each owner. Where there is more than one slot, no
    owner takes all of them: a second owner need not wait for the first one's slow work.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._lock = Lock()
        self._taken: dict[Hashable, int] = {}
        self._waiting: OrderedDict[Hashable, deque[Event]] = OrderedDict()

    @contextmanager
    def slot(self, owner: Hashable) -> Iterator[None]:
        self._take(owner)
        try:
            yield
        finally:
            with self._lock:
                self._give_back(owner)

    def _take(self, owner: Hashable) -> None:
        turn = Event()
        with self._lock:
            self._waiting.setdefault(owner, deque()).append(turn)
            self._serve_waiting()
        try:
            turn.wait()
        except BaseException:
            # Interrupted by a signal: what was taken, or may still be served, is given up.
            with self._lock:
                if turn.is_set():
                    self._give_back(owner)
                else:
                    self._remove(owner, turn)
            raise

    def _give_back(self, owner: Hashable) -> None:
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
        self._serve_waiting()

    def _serve_waiting(self) -> None:
        limit = max(1, self._limit())
        share = max(1, limit - 1)
        for owner in tuple(self._waiting):
            if sum(self._taken.values()) >= limit:
                return
            if self._taken.get(owner, 0) < share:
                turn = self._waiting[owner][0]
                self._remove(owner, turn)
                if owner in self._waiting:
                    self._waiting.move_to_end(owner)
                self._taken[owner] = self._taken.get(owner, 0) + 1
                turn.set()

    def _remove(self, owner: Hashable, turn: Event) -> None:
        self._waiting[owner].remove(turn)
        if not self._waiting[owner]:
            del self._waiting[owner]
