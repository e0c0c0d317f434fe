"""Threads that callers share fairly: each gets its turn, however much one of them asks for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from core.fair_slots import FairSlots


class FairThreads:
    """Each thread is a slot: one caller has at most all but one, and those who wait take turns."""

    def __init__(self, count: int, **options: Any) -> None:
        self._threads = ThreadPoolExecutor(count, **options)
        self._slots = FairSlots(lambda: count)

    def of(self, caller: Hashable) -> Executor:
        return _CallerThreads(self, caller)

    def submit(self, caller: Hashable, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        run = partial(self._threads.submit, self._run, caller, future, work)
        self._slots.call_with_slot(caller, run)
        return future

    def _run(self, caller: Hashable, future: Future[Any], work: Callable[[], Any]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                _complete(future, work)
        finally:
            self._slots.give_back(caller)


def _complete(future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


class _CallerThreads(Executor):
    """The threads as one caller sees them, for `run_in_executor`."""

    def __init__(self, threads: FairThreads, caller: Hashable) -> None:
        self._fair_threads = threads
        self._caller = caller

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._fair_threads.submit(self._caller, lambda: fn(*args, **kwargs))
