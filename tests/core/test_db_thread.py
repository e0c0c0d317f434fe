"""The hop to the thread of the database, and where its two threads are meanwhile."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from core.db_thread import database_sync_to_async
from tests.support.services import needs

CPUS = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


@pytest.fixture(autouse=True)
def on_linux() -> None:
    needs("A system that says on which CPU a thread runs", CPUS)


class Gate:
    """A function that tells where it is, and returns when it is let go."""

    def __init__(self) -> None:
        self.began, self.released = threading.Event(), threading.Event()
        self.cpus: set[int] = set()

    def __call__(self) -> str:
        self.cpus = os.sched_getaffinity(0)
        self.began.set()
        assert self.released.wait(10)
        return "done"


async def begun(gate: Gate) -> asyncio.Task[str]:
    hop = asyncio.create_task(database_sync_to_async(gate)())
    assert await asyncio.to_thread(gate.began.wait, 10)
    return hop


async def test_both_threads_are_on_one_cpu_until_it_is_back() -> None:
    gate = Gate()
    hop = await begun(gate)
    here = os.sched_getaffinity(0)
    assert gate.cpus == here
    assert len(here) == 1
    gate.released.set()
    assert await hop == "done"
    assert os.sched_getaffinity(0) == CPUS


async def test_the_loop_stays_until_the_last_one_is_back() -> None:
    first, second = Gate(), Gate()
    hop = await begun(first)
    # It waits behind the first: one thread is all there is.
    other = asyncio.create_task(database_sync_to_async(second)())
    first.released.set()
    await hop
    assert len(os.sched_getaffinity(0)) == 1
    second.released.set()
    await other
    assert second.cpus == first.cpus
    assert os.sched_getaffinity(0) == CPUS


async def test_whoever_leaves_early_or_fails_frees_the_loop() -> None:
    gate = Gate()
    hop = await begun(gate)
    hop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hop
    assert os.sched_getaffinity(0) == CPUS
    gate.released.set()
    with pytest.raises(ValueError, match="invalid literal"):
        await database_sync_to_async(int)("x")
    assert os.sched_getaffinity(0) == CPUS


async def test_where_it_is_forbidden_it_goes_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    assert await database_sync_to_async(int)("7") == 7
