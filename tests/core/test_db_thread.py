"""The event loop and the database thread share one CPU while a call is in flight."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from core.db_thread import database_sync_to_async
from tests.support.requirements import require

CPUS = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


@pytest.fixture(autouse=True)
def on_linux() -> None:
    require("A system that says on which CPU a thread runs", CPUS)


class BlockingCall:
    """A function that notes the CPUs of its thread, and returns when it is released."""

    def __init__(self) -> None:
        self.began, self.released = threading.Event(), threading.Event()
        self.cpus: set[int] = set()

    def __call__(self) -> str:
        self.cpus = os.sched_getaffinity(0)
        self.began.set()
        assert self.released.wait(10)
        return "done"


async def begin(call: BlockingCall) -> asyncio.Task[str]:
    task = asyncio.create_task(database_sync_to_async(call)())
    assert await asyncio.to_thread(call.began.wait, 10)
    return task


async def test_both_threads_are_on_one_cpu_until_the_call_returns() -> None:
    call = BlockingCall()
    task = await begin(call)
    loop_cpus = os.sched_getaffinity(0)
    assert call.cpus == loop_cpus
    assert len(loop_cpus) == 1
    call.released.set()
    assert await task == "done"
    assert os.sched_getaffinity(0) == CPUS


async def test_the_loop_stays_pinned_until_the_last_call_returns() -> None:
    first, second = BlockingCall(), BlockingCall()
    task = await begin(first)
    # It waits behind the first: there is one database thread.
    other = asyncio.create_task(database_sync_to_async(second)())
    first.released.set()
    await task
    assert len(os.sched_getaffinity(0)) == 1
    second.released.set()
    await other
    assert second.cpus == first.cpus
    assert os.sched_getaffinity(0) == CPUS


async def test_a_call_that_is_cancelled_or_fails_unpins_the_loop() -> None:
    call = BlockingCall()
    task = await begin(call)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.sched_getaffinity(0) == CPUS
    call.released.set()
    with pytest.raises(ValueError, match="invalid literal"):
        await database_sync_to_async(int)("x")
    assert os.sched_getaffinity(0) == CPUS


async def test_where_affinity_is_forbidden_calls_work_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    assert await database_sync_to_async(int)("7") == 7
