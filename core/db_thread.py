"""The hop from the event loop to the thread of the database, and one CPU for both meanwhile.

Python runs one of its threads at a time. If the two are on different CPUs, the one that waits for
its turn is woken whenever the event loop asks the system for news, and mostly in vain: streaming
and saving at the same time take twice the CPU time (docs/benchmarks.md, "Where the time goes"). On
one CPU, the thread runs when the loop pauses.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from channels.db import DatabaseSyncToAsync

Params = ParamSpec("Params")
Result = TypeVar("Result")

ANYWHERE = -1

# Seconds. A loop whose hops never end may change its CPU now and then: another one may have settled
# on the same.
STAY_S, ROAM_S = 0.2, 0.02

if hasattr(os, "sched_setaffinity"):
    _current_cpu: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    _may_be_on: Callable[[int], set[int]] = os.sched_getaffinity
else:
    # On macOS and Windows the system places threads as it likes.
    _current_cpu, _may_be_on = (lambda: ANYWHERE), (lambda _: set())


def _be_on(cpus: set[int]) -> None:
    # A sandbox may forbid it, or CPUs have been taken away: it is only slower then.
    with suppress(OSError):
        os.sched_setaffinity(0, cpus)


class _Stay(threading.local):
    """A thread on its CPU: the loop's until its last hop is back, the database's until it is
    called from another one."""

    hops = 0
    cpu = ANYWHERE
    allowed: set[int]
    is_bound = False
    changes_at = 0.0

    def begin(self) -> int:
        now = time.monotonic()
        if not self.hops:
            self.bind(now)
        elif now > self.changes_at:
            self.free(now) if self.is_bound else self.bind(now)
        self.hops += 1
        return self.cpu

    def end(self) -> None:
        self.hops -= 1
        if not self.hops and self.is_bound:
            self.free(time.monotonic())

    def bind(self, now: float) -> None:
        self.allowed = _may_be_on(0)
        self.move(_current_cpu())
        self.is_bound, self.changes_at = True, now + STAY_S

    def free(self, now: float) -> None:
        if self.cpu != ANYWHERE:
            _be_on(self.allowed)
        self.is_bound, self.changes_at = False, now + ROAM_S

    def move(self, cpu: int) -> None:
        self.cpu = cpu
        if cpu != ANYWHERE:
            _be_on({cpu})


_stay = _Stay()
_everywhere = _may_be_on(0)


def roam() -> None:
    """For threads that work long without the interpreter: they would inherit the loop's CPU."""
    if _everywhere:
        _be_on(_everywhere)


def database_sync_to_async(
    func: Callable[Params, Result],
) -> Callable[Params, Coroutine[Any, Any, Result]]:
    """As `channels.db` has it, for what runs in the one thread that all share."""
    return _Hop(func)


class _Hop(DatabaseSyncToAsync):  # type: ignore[type-arg]  # it is generic in its stubs only
    _cpu = ANYWHERE

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._cpu = _stay.begin()
        try:
            return await super().__call__(*args, **kwargs)
        finally:
            _stay.end()

    def thread_handler(self, *args: Any, **kwargs: Any) -> Any:
        # A main thread may start other processes, which would inherit its CPU.
        if self._cpu != _stay.cpu and threading.current_thread() is not threading.main_thread():
            _stay.move(self._cpu)
        return super().thread_handler(*args, **kwargs)
