"""A worker in a process of its own that stands still unless told to go on: measured by turns."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

# Until it has nothing left to do but wait.
START_S = 8


class PausedWorker:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process, self._seen = process, psutil.Process(process.pid)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._seen.resume()
        assert self._process.stdin
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        yield
        self._seen.suspend()

    def cpu_s(self) -> float:
        """Of it, its readers, and those that have ended."""
        times = [one.cpu_times() for one in self._all()]
        running = sum(one.user + one.system for one in times)
        return running + times[0].children_user + times[0].children_system

    def memory_mib(self) -> tuple[float, float]:
        own, *readers = (one.memory_info().rss / 2**20 for one in self._all())
        return own, sum(readers)

    def _all(self) -> list[psutil.Process]:
        return [self._seen, *self._seen.children(recursive=True)]


@contextmanager
def paused_worker(**environment: str) -> Iterator[PausedWorker]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--stdin"],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
    )
    try:
        time.sleep(START_S)
        process.send_signal(signal.SIGSTOP)
        yield PausedWorker(process)
    finally:
        process.kill()
        process.communicate()
