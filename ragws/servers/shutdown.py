"""How a server leaves: running answers may end, then every socket hears when to come back."""

import asyncio
import logging
import os
import random
import signal
from collections.abc import Callable

from django.conf import settings

from accounts.audit.queue import audit_queue
from chat.live.answer import Status
from ragws.hub import hub

logger = logging.getLogger(__name__)

# Everybody who was connected comes back: not all in the same second.
RETRY_S = (0.5, 5.0)
# Asked, not told: a signal handler cannot wake an event loop it does not know.
LOOK_S = 0.1
# What saving takes at most, with a process manager waiting to kill us.
LAST_S = 3


async def drain(in_a_hurry: Callable[[], bool], signal_number: int | None = None) -> None:
    """Wait for the running answers, DRAIN_S at most, or until somebody is in a hurry."""
    before = hub.ended.copy()
    logger.info("%s: %s", _cause(signal_number), _plan())
    draining = asyncio.create_task(hub.drain(settings.DRAIN_S))
    while not draining.done() and not in_a_hurry():
        await asyncio.wait({draining}, timeout=LOOK_S)
    if not draining.done():
        draining.cancel()
        # What is still running is saved as interrupted.
        draining = asyncio.create_task(hub.drain(0))
    await asyncio.wait({draining}, timeout=LAST_S)
    ended = hub.ended - before
    logger.info(
        "Process %d has drained; answers that ended: %d, were interrupted: %d, are not saved: %d",
        *(os.getpid(), ended.total() - ended[Status.INTERRUPTED]),
        *(ended[Status.INTERRUPTED], len(hub)),
    )
    # Nobody connects any more: this is the last of it.
    await asyncio.to_thread(audit_queue.flush_in_own_thread)


def _cause(signal_number: int | None) -> str:
    return signal.Signals(signal_number).name if signal_number else "Told to stop"


def _plan() -> str:
    return (
        f"process {os.getpid()} takes no more connections, "
        f"and waits {settings.DRAIN_S:g} seconds at most; answers that run: {len(hub)}"
    )


def retry_hint() -> str:
    """The reason of a close with 1012, read by people and by clients that look for the number."""
    return f"The server restarts; retry after {random.uniform(*RETRY_S):.1f} s"  # noqa: S311
