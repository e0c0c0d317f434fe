"""Calls blocking database code in a thread, and keeps that thread and the event loop on one CPU.

Python runs one of its threads at a time. If the two are on different CPUs, the one that waits for
the interpreter lock is woken whenever the event loop polls the system for events, and mostly in
vain: streaming and saving at the same time take twice the CPU time (docs/benchmarks.md, "Where the
time goes"). On one CPU, the thread runs when the loop pauses.
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

NO_CPU = -1

# Seconds. A loop that always has calls in flight is unpinned now and then, so that it can move away
# from another process that was pinned to the same CPU.
PINNED_S, UNPINNED_S = 0.2, 0.02

if hasattr(os, "sched_setaffinity"):
    _current_cpu: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    _get_affinity: Callable[[int], set[int]] = os.sched_getaffinity
else:
    # macOS and Windows offer no CPU affinity.
    _current_cpu, _get_affinity = (lambda: NO_CPU), (lambda _: set())


def _set_affinity(cpus: set[int]) -> None:
    # A sandbox may forbid it, or CPUs have been taken away: it is only slower then.
    with suppress(OSError):
        os.sched_setaffinity(0, cpus)


class _ThreadAffinity(threading.local):
    """Pins its thread to a CPU: the loop's thread until its last call has returned, the database
    thread until a loop on another CPU calls it."""

    calls_in_flight = 0
    cpu = NO_CPU
    allowed_cpus: set[int]
    is_pinned = False
    changes_at = 0.0

    def begin_call(self) -> int:
        now = time.monotonic()
        if not self.calls_in_flight:
            self.pin(now)
        elif now > self.changes_at:
            self.unpin(now) if self.is_pinned else self.pin(now)
        self.calls_in_flight += 1
        return self.cpu

    def end_call(self) -> None:
        self.calls_in_flight -= 1
        if not self.calls_in_flight and self.is_pinned:
            self.unpin(time.monotonic())

    def pin(self, now: float) -> None:
        self.allowed_cpus = _get_affinity(0)
        self.move_to(_current_cpu())
        self.is_pinned, self.changes_at = True, now + PINNED_S

    def unpin(self, now: float) -> None:
        if self.cpu != NO_CPU:
            _set_affinity(self.allowed_cpus)
        self.is_pinned, self.changes_at = False, now + UNPINNED_S

    def move_to(self, cpu: int) -> None:
        self.cpu = cpu
        if cpu != NO_CPU:
            _set_affinity({cpu})


_affinity = _ThreadAffinity()
_all_cpus = _get_affinity(0)


def allow_all_cpus() -> None:
    """For threads that work long outside the interpreter lock: they inherit the loop's CPU."""
    if _all_cpus:
        _set_affinity(_all_cpus)


def database_sync_to_async(
    func: Callable[Params, Result],
) -> Callable[Params, Coroutine[Any, Any, Result]]:
    """As in `channels.db`, for functions that run in the one database thread."""
    return _PinnedSyncToAsync(func)


class _PinnedSyncToAsync(DatabaseSyncToAsync):  # type: ignore[type-arg]  # it is generic in its stubs only
    _loop_cpu = NO_CPU

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._loop_cpu = _affinity.begin_call()
        try:
            return await super().__call__(*args, **kwargs)
        finally:
            _affinity.end_call()

    def thread_handler(self, *args: Any, **kwargs: Any) -> Any:
        # A main thread may start other processes, which would inherit its CPU.
        is_main = threading.current_thread() is threading.main_thread()
        if self._loop_cpu != _affinity.cpu and not is_main:
            _affinity.move_to(self._loop_cpu)
        return super().thread_handler(*args, **kwargs)
