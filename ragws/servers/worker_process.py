"""Runs a worker beside the server: a child that ends with it, and is replaced if it dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

from django.conf import settings

from knowledge.wake_workers import own_workers

logger = logging.getLogger(__name__)

# Seconds before a worker that died is replaced.
RESTART_S = 5
# How long it may take to queue again what it reads.
STOP_S = 10


class WorkerProcess:
    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._stopped = Event()
        self._lock = Lock()
        self._process = self._start()
        self._watcher = Thread(target=self._replace_dead, daemon=True)
        self._watcher.start()

    def wake(self) -> None:
        channel = self._process.stdin
        # A full pipe wakes it as well, and a worker that is gone looks when it is replaced.
        with suppress(OSError, ValueError):
            if channel:
                os.write(channel.fileno(), b"\n")

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._watcher.join()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            stdin=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            bufsize=0,
            # Ctrl-C in the terminal is for the server, which ends its worker.
            start_new_session=True,
        )
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
        return process

    def _replace_dead(self) -> None:
        while True:
            status = self._process.wait()
            if self._stopped.is_set():
                return
            logger.error("The worker that reads documents ended (status %d)", status)
            if self._stopped.wait(RESTART_S):
                return
            with self._lock:
                if self._stopped.is_set():
                    return
                self._process = self._start()


@contextmanager
def running_worker() -> Iterator[None]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--stdin"]
    worker = WorkerProcess(command)
    own_workers.add(worker.wake)
    try:
        yield
    finally:
        own_workers.discard(worker.wake)
        worker.stop()
