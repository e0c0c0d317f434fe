"""Runs several server processes on one socket, and replaces those that die."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from django.conf import settings

# Seconds. A worker that fails sooner cannot start at all: starting it again would not help.
MIN_LIFETIME_S = 5
POLL_S = 0.2


class WorkersFailed(Exception):
    """A worker could not be started."""


class Workers:
    def __init__(self, command: Sequence[str], count: int, listener: socket.socket) -> None:
        self.command = command
        self.count = count
        self.listener = listener
        self.running: dict[subprocess.Popen[bytes], float] = {}
        self.stopping = False

    def run(self) -> None:
        """Until a signal stops it. Every signal is passed on to every worker."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        while not self.stopping:
            self._start_missing()
            time.sleep(POLL_S)
            self._reap()
        self._stop_listening()
        for worker in self.running:
            worker.wait()

    def _stop_listening(self) -> None:
        """When the workers do. As long as one process has the socket open, connections are taken
        into its queue, which nothing reads any more."""
        ends_at = time.monotonic() + settings.DRAIN_DELAY_S
        while time.monotonic() < ends_at and any(worker.poll() is None for worker in self.running):
            time.sleep(POLL_S)
        self.listener.close()

    def _start_missing(self) -> None:
        while len(self.running) < self.count and not self.stopping:
            # A group of its own: Ctrl-C in a terminal reaches the workers once, through us.
            worker = subprocess.Popen(  # noqa: S603
                self.command, pass_fds=[self.listener.fileno()], start_new_session=True
            )
            self.running[worker] = time.monotonic()

    def _reap(self) -> None:
        for worker, started in list(self.running.items()):
            if worker.poll() is None:
                continue
            del self.running[worker]
            # A negative code is the signal that killed it.
            failed = (worker.returncode or 0) > 0
            if failed and time.monotonic() - started < MIN_LIFETIME_S and not self.stopping:
                self._stop(signal.SIGTERM, None)
                raise WorkersFailed("A worker ended as soon as it was started; see above for why.")

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        for worker in self.running:
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGTERM)


def worker_command(listener: int) -> list[str]:
    """The parent's id is passed on, since the parent may have died before a worker asks for it."""
    options = ["--fd", str(listener), "--parent", str(os.getpid())]
    return [sys.executable, sys.argv[0], "serve", *options]
