"""asyncio tasks with an owner: sets of tasks, periodic tasks, and one object per event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

logger = logging.getLogger(__name__)

T = TypeVar("T")


class TaskSet:
    """Keeps running tasks, of which the event loop itself holds only weak references."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return iter(tuple(self._tasks))

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> None:
        for task in self:
            task.cancel()


class PeriodicTask:
    """Runs `work` again and again, `interval_s()` seconds apart, as long as `is_needed()`.

    An error of `work` is logged as `failure` and does not end the task. `at_once`: the first run
    comes before the first pause. `context` makes a context manager that is entered while it runs.
    """

    def __init__(
        self,
        work: Callable[[], Awaitable[None]],
        interval_s: Callable[[], float],
        is_needed: Callable[[], bool],
        failure: str,
        *,
        at_once: bool = False,
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._work = work
        self._interval_s = interval_s
        self._is_needed = is_needed
        self._failure = failure
        self._at_once = at_once
        self._context = context
        self._task: asyncio.Task[None] | None = None

    def ensure_running(self) -> None:
        """To be called whenever there is something to do. The task ends by itself."""
        if self._task is None:
            name = getattr(self._work, "__qualname__", type(self._work).__name__)
            self._task = asyncio.create_task(self._run(), name=name)

    def cancel(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _run(self) -> None:
        try:
            with self._context():
                if self._at_once:
                    await self._work_once()
                while self._is_needed():
                    await asyncio.sleep(self._interval_s())
                    await self._work_once()
        finally:
            # After `cancel` another task may run already.
            if self._task is asyncio.current_task():
                self._task = None

    async def _work_once(self) -> None:
        try:
            await self._work()
        except Exception:
            logger.warning(self._failure, exc_info=True)


def per_event_loop(make: Callable[[], T]) -> Callable[[], T]:
    """A getter of one object for each event loop: a server has one loop, the tests have many."""
    objects: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()

    def get() -> T:
        loop = asyncio.get_running_loop()
        found = objects.get(loop)
        if found is None:
            found = objects[loop] = make()
        return found

    return get
