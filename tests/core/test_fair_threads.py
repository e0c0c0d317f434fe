"""Threads that callers share: nobody waits behind all that another asked for."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import pytest

from core.fair_threads import FairThreads


class Gate:
    """Work that notes that it began, and ends when it is let."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.open = threading.Semaphore(0)

    def work(self, name: str) -> str:
        self.begun.append(name)
        self.open.acquire()
        return name


def until_begun(gate: Gate, count: int) -> list[str]:
    while len(gate.begun) < count:
        pass
    return gate.begun[:count]


def test_a_crowd_of_one_caller_leaves_a_thread_to_others() -> None:
    gate, threads = Gate(), FairThreads(3)
    crowd = [threads.of("a").submit(gate.work, f"a{number}") for number in range(10)]
    assert until_begun(gate, 2) == ["a0", "a1"]
    other = threads.of("b").submit(gate.work, "b0")
    assert until_begun(gate, 3)[2] == "b0"
    gate.open.release(11)
    assert other.result() == "b0"
    assert [job.result() for job in crowd] == [f"a{number}" for number in range(10)]


def test_callers_take_turns() -> None:
    gate, threads = Gate(), FairThreads(1)
    jobs: list[Future[Any]] = [
        threads.of(name[0]).submit(gate.work, name) for name in ("a0", "a1", "a2", "b0", "b1", "c0")
    ]
    gate.open.release(len(jobs))
    for job in jobs:
        job.result()
    assert gate.begun == ["a0", "a1", "b0", "c0", "a2", "b1"]


def test_errors_and_cancelled_work_free_their_thread() -> None:
    threads = FairThreads(1)
    gate = Gate()
    first = threads.of("a").submit(gate.work, "a0")
    cancelled = threads.of("a").submit(gate.work, "a1")
    broken = threads.of("a").submit(int, "x")
    last = threads.of("a").submit(int, "7")
    assert cancelled.cancel()
    gate.open.release()
    assert first.result() == "a0"
    with pytest.raises(ValueError, match="invalid literal"):
        broken.result()
    assert last.result() == 7
    assert gate.begun == ["a0"]
