"""`manage.py worker`: reads uploaded documents in the background."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ExampleCommand
from knowledge.worker import Worker

# Answers that are being streamed, and pages, come before reading.
NICE = 5
READ_BYTES = 4096


class Command(ExampleCommand):
    help = (
        "Read uploaded documents until Ctrl-C or SIGTERM. `serve` runs one worker by itself; more "
        "may run beside it, also on other machines. What a worker was reading when it was stopped "
        "or killed is read by another one."
    )
    examples = ("worker", "worker --once")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="read what waits, then end")
        parser.add_argument(
            "--stdin",
            action="store_true",
            help="end with standard input, and look for documents when a byte arrives there",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        if hasattr(os, "nice"):
            os.nice(NICE)
        asyncio.run(run(options["once"], options["stdin"]))


async def run(once: bool, stdin: bool) -> None:
    worker = Worker()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers: there the process just ends.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, worker.stop)
    if stdin:
        loop.add_reader(sys.stdin.fileno(), _read_stdin, worker)
    await (worker.run_until_empty() if once else worker.run())


def _read_stdin(worker: Worker) -> None:
    if os.read(sys.stdin.fileno(), READ_BYTES):
        worker.wake()
    else:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        worker.stop()
