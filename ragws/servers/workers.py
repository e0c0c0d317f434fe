"""Several server processes on one socket; one that dies is replaced."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

# A worker that lives shorter than this cannot start at all: starting it again would not help.
TOO_SHORT_S = 5
LOOK_S = 0.2


class WorkersFailed(Exception):
    """A worker could not be started."""


class Workers:
    def __init__(self, command: Sequence[str], count: int, listener: int) -> None:
        self.command = command
        self.count = count
        self.listener = listener
        self.running: dict[subprocess.Popen[bytes], float] = {}
        self.leaving = False

    def run(self) -> None:
        """Until a signal says to leave; every signal is passed on to every worker."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._leave)
        while not self.leaving:
            self._fill_up()
            time.sleep(LOOK_S)
            self._bury()
        for worker in self.running:
            worker.wait()

    def _fill_up(self) -> None:
        while len(self.running) < self.count and not self.leaving:
            # A group of its own: Ctrl-C in a terminal reaches the workers once, through us.
            worker = subprocess.Popen(  # noqa: S603
                self.command, pass_fds=[self.listener], start_new_session=True
            )
            self.running[worker] = time.monotonic()

    def _bury(self) -> None:
        for worker, started in list(self.running.items()):
            if worker.poll() is None:
                continue
            del self.running[worker]
            # A negative code is the signal that killed it.
            failed = (worker.returncode or 0) > 0
            if failed and time.monotonic() - started < TOO_SHORT_S and not self.leaving:
                self._leave(signal.SIGTERM, None)
                raise WorkersFailed("A worker ended as soon as it was started; see above for why.")

    def _leave(self, _number: int, _frame: FrameType | None) -> None:
        self.leaving = True
        for worker in self.running:
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGTERM)


def worker_command(listener: int) -> list[str]:
    """It is told who we are: asking for its parent, it might find that we have gone already."""
    ours = ["--fd", str(listener), "--parent", str(os.getpid())]
    return [sys.executable, sys.argv[0], "serve", *ours]
