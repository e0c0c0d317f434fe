"""Measures the objects, memory, threads and files of a server process, and limits their growth."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Coroutine, Mapping
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
# Ends by itself when there is nothing left to do, but sleeps for half a minute first.
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
    """Measures when all connections have ended and the same tasks run for a second."""
    deadline = time.monotonic() + IDLE_TIMEOUT_S
    found = resources_of(server)
    while True:
        time.sleep(1)
        earlier, found = found, resources_of(server)
        if not found["consumers"] and found["tasks"] == earlier["tasks"]:
            return found
        assert time.monotonic() < deadline, found


def wait_for_no_growth(server: Server, before: Resources, rounds: int) -> Resources:
    """Measures until nothing has grown.

    A task that saves an answer or notes the use of a token outlives its connection a little;
    what leaked is still there when the time is over, and fails the test.
    """
    deadline = time.monotonic() + IDLE_TIMEOUT_S
    while True:
        after = resources_of(server)
        try:
            check_growth(before, after, rounds)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return after


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
            more = Counter[str](after[name]) - (Counter[str](count) | Counter([RENEWAL]))
            assert not more, f"more tasks: {sorted(more)}"
        else:
            assert after[name] == count, name


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
