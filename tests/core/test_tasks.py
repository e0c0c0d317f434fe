"""Sets of running tasks, periodic tasks, and objects that belong to one event loop."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.tasks import PeriodicTask, TaskSet, per_event_loop


async def test_a_task_stays_in_its_set_until_it_ends() -> None:
    tasks, gate = TaskSet(), asyncio.Event()
    task = tasks.start(gate.wait())
    assert list(tasks) == [task]
    gate.set()
    assert await task
    assert len(tasks) == 0


async def test_a_running_task_is_not_garbage_collected() -> None:
    tasks, done = TaskSet(), asyncio.Event()
    futures: weakref.WeakSet[asyncio.Future[None]] = weakref.WeakSet()

    async def wait_for_a_future_that_only_the_task_holds() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        futures.add(future)
        await future
        done.set()

    tasks.start(wait_for_a_future_that_only_the_task_holds())
    await asyncio.sleep(0)
    gc.collect()
    [future] = futures
    future.set_result(None)
    await done.wait()


async def test_cancelling_a_set_ends_every_task_and_lets_it_tidy_up() -> None:
    tasks, tidied = TaskSet(), []

    async def wait_and_tidy(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tidied.append(name)

    started = [tasks.start(wait_and_tidy(name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    tasks.cancel()
    await asyncio.sleep(0)
    assert all(task.cancelled() for task in started)
    assert sorted(tidied) == ["first", "second"]
    # A set hears of an end one step later.
    await asyncio.sleep(0)
    assert len(tasks) == 0


async def test_the_exception_of_a_task_goes_to_the_code_that_awaits_it() -> None:
    async def fail() -> None:
        raise ValueError("no such thing")

    tasks = TaskSet()
    with pytest.raises(ValueError, match="no such thing"):
        await tasks.start(fail())
    assert len(tasks) == 0


class Counter:
    """Work for a periodic task: counts its runs, and wants no more after `limit` of them."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.runs = 0
        self.reached_limit = asyncio.Event()
        self.failures: list[Exception] = []

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs >= self.limit:
            self.reached_limit.set()
        if self.failures:
            raise self.failures.pop()

    def is_needed(self) -> bool:
        return self.runs < self.limit


def periodic(work: Counter) -> PeriodicTask:
    return PeriodicTask(work, lambda: 0, work.is_needed, "Counting failed")


async def test_periodic_work_runs_as_long_as_it_is_needed() -> None:
    work = Counter(3)
    periodic(work).ensure_running()
    await work.reached_limit.wait()
    await asyncio.sleep(0)
    assert work.runs == 3


async def test_periodic_work_that_has_ended_starts_again_when_there_is_more_to_do() -> None:
    work = Counter(1)
    task = periodic(work)
    task.ensure_running()
    await work.reached_limit.wait()
    # The task sees that it is not needed any more.
    await asyncio.sleep(0)
    work.limit = 2
    work.reached_limit.clear()
    task.ensure_running()
    await work.reached_limit.wait()
    assert work.runs == 2


async def test_periodic_work_that_is_not_needed_never_runs() -> None:
    work = Counter(0)
    periodic(work).ensure_running()
    for _ in range(3):
        await asyncio.sleep(0)
    assert work.runs == 0


async def test_however_often_it_is_asked_for_there_is_one_periodic_task() -> None:
    work = Counter(2)
    task = periodic(work)
    before = asyncio.all_tasks()
    for _ in range(3):
        task.ensure_running()
    assert len(asyncio.all_tasks() - before) == 1
    await work.reached_limit.wait()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_failure_of_periodic_work_is_logged_and_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Counter(2)
    work.failures = [ValueError("out of order")]
    periodic(work).ensure_running()
    await work.reached_limit.wait()
    [logged] = caplog.records
    assert logged.getMessage() == "Counting failed"
    assert logged.exc_info
    assert str(logged.exc_info[1]) == "out of order"


async def test_the_interval_is_asked_for_before_each_run() -> None:
    work, asked = Counter(3), []

    def interval_s() -> float:
        asked.append(work.runs)
        return 0

    PeriodicTask(work, interval_s, work.is_needed, "Counting failed").ensure_running()
    await work.reached_limit.wait()
    assert asked == [0, 1, 2]


async def test_work_that_runs_at_once_needs_no_reason_for_its_first_run() -> None:
    work = Counter(0)
    task = PeriodicTask(work, lambda: 0, work.is_needed, "Counting failed", at_once=True)
    task.ensure_running()
    await work.reached_limit.wait()
    await asyncio.sleep(0)
    assert work.runs == 1


async def test_a_context_is_entered_while_periodic_work_runs() -> None:
    work, events = Counter(2), []
    left = asyncio.Event()

    @contextmanager
    def context() -> Iterator[None]:
        events.append(f"entered after {work.runs} runs")
        yield
        events.append(f"left after {work.runs} runs")
        left.set()

    task = PeriodicTask(work, lambda: 0, work.is_needed, "Counting failed", context=context)
    work.failures = [ValueError("out of order")]
    task.ensure_running()
    await left.wait()
    assert events == ["entered after 0 runs", "left after 2 runs"]


async def test_cancelled_periodic_work_can_be_started_again() -> None:
    """Even if it is cancelled before its first step, when no `finally` runs."""
    work = Counter(2)
    task = periodic(work)
    task.ensure_running()
    task.cancel()
    assert work.runs == 0
    task.ensure_running()
    await work.reached_limit.wait()
    assert work.runs == 2


async def test_the_end_of_a_cancelled_task_does_not_hide_the_one_after_it() -> None:
    work = Counter(3)
    task = periodic(work)
    task.ensure_running()
    await asyncio.sleep(0)
    task.cancel()
    task.ensure_running()
    before = asyncio.all_tasks()
    await asyncio.sleep(0)
    task.ensure_running()
    assert asyncio.all_tasks() <= before
    await work.reached_limit.wait()
    assert work.runs == 3


def test_each_event_loop_has_an_object_of_its_own() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    get = per_event_loop(make)

    async def get_twice() -> tuple[object, object]:
        return get(), get()

    one, again = asyncio.run(get_twice())
    other, _ = asyncio.run(get_twice())
    assert one is again
    assert one is not other
    assert made == [one, other]


def test_the_object_of_an_event_loop_goes_with_it() -> None:
    class Thing:
        pass

    get = per_event_loop(Thing)

    async def get_weakly() -> weakref.ref[Thing]:
        return weakref.ref(get())

    thing = asyncio.run(get_weakly())
    gc.collect()
    assert thing() is None


def test_outside_of_an_event_loop_there_is_no_object() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        per_event_loop(object)()
