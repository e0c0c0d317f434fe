"""Graceful shutdown: running answers may end, then clients are told when to reconnect."""

import asyncio
import logging
import math
import os
import random
import signal
import time
from collections.abc import Callable

from django.conf import settings

from accounts.audit.write_queue import audit_queue
from chat.errors import ReadingEnded
from chat.http.connection import open_connections
from chat.live.answer import Status
from core.error_deduplication import incidents
from ragws.readiness import leaving
from ragws.server_hub import hub

logger = logging.getLogger(__name__)

# All clients reconnect, but not all in the same second.
RETRY_AFTER_S = (0.5, 5.0)
# Polled: a signal handler cannot wake an event loop that it does not know.
POLL_S = 0.1
# How long saving may take, while a process manager waits to kill us.
SAVE_TIMEOUT_S = 3


async def announce(is_forced: Callable[[], bool]) -> None:
    """`/readyz` says 503 from now on. Load balancers have DRAIN_DELAY_S to notice, while the server
    goes on as before; then it may stop listening."""
    leaving.is_leaving = True
    if settings.DRAIN_DELAY_S:
        logger.info(
            "Told to stop: for %g seconds more, only /readyz says so", settings.DRAIN_DELAY_S
        )
    ends_at = time.monotonic() + settings.DRAIN_DELAY_S
    while time.monotonic() < ends_at and not is_forced():  # noqa: ASYNC110 - a signal sets no event
        await asyncio.sleep(POLL_S)


async def drain(is_forced: Callable[[], bool], signal_number: int | None = None) -> None:
    """Wait for the running answers as long as they grow, at most DRAIN_MAX_S, or until
    `is_forced`."""
    before = hub.ended.copy()
    logger.info("%s: %s", _cause(signal_number), _plan())
    draining = asyncio.create_task(hub.drain(settings.DRAIN_S, settings.DRAIN_MAX_S))
    while not draining.done() and not is_forced():
        await asyncio.wait({draining}, timeout=POLL_S)
    if not draining.done():
        draining.cancel()
        # What still runs is saved as interrupted.
        draining = asyncio.create_task(hub.drain(0))
    await asyncio.wait({draining}, timeout=SAVE_TIMEOUT_S)
    open_connections().end(_reading_ended)
    ended = hub.ended - before
    logger.info(
        "Process %d has drained; answers that ended: %d, were interrupted: %d, are not saved: %d",
        *(os.getpid(), ended.total() - ended[Status.INTERRUPTED]),
        *(ended[Status.INTERRUPTED], len(hub)),
    )
    # No connection is accepted any more, so no event follows these.
    await asyncio.to_thread(audit_queue.flush_in_own_thread)
    incidents.close()


def _cause(signal_number: int | None) -> str:
    return signal.Signals(signal_number).name if signal_number else "Told to stop"


def _plan() -> str:
    return (
        f"process {os.getpid()} takes no more connections, "
        f"and waits {settings.DRAIN_MAX_S:g} seconds at most; answers that run: {len(hub)}"
    )


def retry_hint() -> str:
    """The reason of a close with 1012, read by people and by clients that look for the number."""
    return _hint(random.uniform(*RETRY_AFTER_S))  # noqa: S311


def _reading_ended() -> ReadingEnded:
    seconds = random.uniform(*RETRY_AFTER_S)  # noqa: S311
    return ReadingEnded(_hint(seconds), math.ceil(seconds))


def _hint(seconds: float) -> str:
    return f"The server restarts; retry after {seconds:.1f} s"
