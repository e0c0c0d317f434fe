"""Periodic tasks run while they are needed, survive errors, and can be cancelled and run again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.tasks import PeriodicTask


class Work:
    """Counts its runs; `left` says how many are needed."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.runs = 0
        self.contexts: list[str] = []
        self.ended = asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        self.left -= 1
        if self.runs == 1:
            raise ValueError("The first run fails")

    @contextmanager
    def context(self) -> Iterator[None]:
        self.contexts.append("entered")
        try:
            yield
        finally:
            self.contexts.append("left")
            self.ended.set()


def task_of(work: Work, at_once: bool = False) -> PeriodicTask:
    return PeriodicTask(
        work,
        lambda: 0,
        lambda: work.left > 0,
        "It failed once",
        at_once=at_once,
        context=work.context,
    )


async def test_it_runs_within_its_context_while_it_is_needed_whatever_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work(left=3)
    task = task_of(work)
    task.ensure_running()
    task.ensure_running()
    await work.ended.wait()
    assert work.runs == 3
    assert work.contexts == ["entered", "left"]
    assert "It failed once" in caplog.text


async def test_at_once_it_runs_before_anything_is_needed() -> None:
    for at_once, runs in [(False, 0), (True, 1)]:
        work = Work(left=0)
        task_of(work, at_once).ensure_running()
        await work.ended.wait()
        assert work.runs == runs


async def test_a_cancelled_task_can_be_started_again() -> None:
    """Even one that was cancelled before its first step, which runs no `finally`."""
    work = Work(left=2)
    task = task_of(work)
    task.ensure_running()
    task.cancel()
    assert work.runs == 0
    task.ensure_running()
    await work.ended.wait()
    assert work.runs == 2
