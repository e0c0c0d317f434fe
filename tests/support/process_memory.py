"""Measures the objects, memory, threads and files of a server process, and limits their growth."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import psutil

from tests.support.counting_app import COUNTS_PATH
from tests.support.server import POLL_S, Server

Resources = Mapping[str, Any]

# Allowed growth: less than one leaked object per round, plus what an allocator keeps for later.
BYTES_PER_ROUND, BYTES_AT_ALL = 250, 4_000_000
OBJECTS_PER_ROUND, OBJECTS_AT_ALL = 0.05, 500
# A pool starts its threads one by one, each with a database connection.
MORE_THREADS, MORE_FILES = 4, 12
IDLE_TIMEOUT_S = 60
# Tasks that end by themselves when there is nothing left to do.
TRANSIENT_TASKS = {"Hub._tick", "Hub._finish", "SessionFeed._poll"}
# One more that does, but sleeps for half a minute first.
RENEWAL = "LeaseRenewer.renew"


def resources_of(server: Server) -> Resources:
    with urllib.request.urlopen(server.http + COUNTS_PATH, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    process = psutil.Process(server.pid)
    return found | {"files": process.num_fds(), "bytes": process.memory_info().rss}


def cpu_s(server: Server) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return float(times.user + times.system)


def wait_until_idle(server: Server) -> Resources:
    """Waits until all connections and answers have ended, then measures."""
    deadline = time.monotonic() + IDLE_TIMEOUT_S
    while True:
        found = resources_of(server)
        if not (found["consumers"] or TRANSIENT_TASKS & set(found["tasks"])):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(1)


def check_growth(before: Resources, after: Resources, rounds: int) -> None:
    limits = {
        "bytes": BYTES_AT_ALL + BYTES_PER_ROUND * rounds,
        "objects": OBJECTS_AT_ALL + OBJECTS_PER_ROUND * rounds,
        "threads": MORE_THREADS,
        "files": MORE_FILES,
    }
    for name, count in before.items():
        if name in limits:
            growth = after[name] - count
            assert growth <= limits[name], f"{growth} more {name}"
        elif name == "tasks":
            assert _lasting(after[name]) == _lasting(count), name
        else:
            assert after[name] == count, name


def _lasting(tasks: Sequence[str]) -> list[str]:
    assert tasks.count(RENEWAL) <= 1, "tasks"
    return [task for task in tasks if task != RENEWAL]


async def peak_growth(pid: int, meanwhile: Coroutine[Any, Any, object]) -> int:
    """The largest growth of a process in bytes until the coroutine ends."""
    process = psutil.Process(pid)
    before: int = process.memory_info().rss
    peak, work = 0, asyncio.create_task(meanwhile)
    while not work.done():
        peak = max(peak, process.memory_info().rss)
        await asyncio.wait([work], timeout=POLL_S)
    await work
    return peak - before
