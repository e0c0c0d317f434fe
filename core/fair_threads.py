"""Threads that callers share fairly: each gets its turn, however much one of them asks for."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

Job = tuple["Future[Any]", Callable[[], Any]]


class FairThreads:
    """One caller has at most all threads but one, so that another's work begins at once. What waits
    is begun caller by caller."""

    def __init__(self, count: int, **options: Any) -> None:
        self._threads = ThreadPoolExecutor(count, **options)
        self._count = count
        self._lock = threading.Lock()
        # The caller whose turn is next in front.
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._running: Counter[Hashable] = Counter()

    def of(self, caller: Hashable) -> Executor:
        return _CallerThreads(self, caller)

    def submit(self, caller: Hashable, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            self._waiting.setdefault(caller, deque()).append((future, work))
            self._begin_next()
        return future

    def _begin_next(self) -> None:
        """With the lock held."""
        while self._running.total() < self._count:
            caller = next((c for c in self._waiting if self._running[c] < self._most), None)
            if caller is None:
                return
            jobs = self._waiting.pop(caller)
            future, work = jobs.popleft()
            if jobs:
                # Behind all others.
                self._waiting[caller] = jobs
            self._running[caller] += 1
            self._threads.submit(self._run, caller, future, work)

    @property
    def _most(self) -> int:
        return max(1, self._count - 1)

    def _run(self, caller: Hashable, future: Future[Any], work: Callable[[], Any]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                _complete(future, work)
        finally:
            with self._lock:
                self._running[caller] -= 1
                if not self._running[caller]:
                    del self._running[caller]
                self._begin_next()


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
