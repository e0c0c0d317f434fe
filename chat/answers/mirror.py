"""Copies of answers that another process is writing: read from the store, ended by the record."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from chat.answers import abandoned, records
from chat.answers.hub import Hub
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.live.store import StoredText
from chat.models import Message
from core import error_reporting
from core.broadcast import BroadcastMessage, answer_group, broadcaster, hub_group
from core.db_thread import database_sync_to_async

logger = logging.getLogger(__name__)

# Seconds: how long a lost ring may cost, and how long it may take to see that a writer is gone.
LOOK_S = 1
RECORD_S = 1
# So often in a row the record cannot be read before a copy is given up.
RECORD_ATTEMPTS = 10

_mirrors: weakref.WeakValueDictionary[str, LiveAnswer] = weakref.WeakValueDictionary()
_tasks: set[asyncio.Task[None]] = set()


async def mirror(answer: Message, hub: Hub) -> LiveAnswer:
    """Up to date when it comes back, and kept so as long as anybody holds it."""
    live = _mirrors.get(answer.pk.hex)
    if live is None or live.outcome:
        live = records.recall(answer)
        if live.outcome is None:
            _mirrors[live.id] = live
            _keep(_watch(answer.pk, answer.hub, weakref.ref(live), hub))
    if live.outcome is None:
        await _read_store(live, hub)
    return live


def _keep(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _watch(
    answer_id: UUID, writer: str, reference: weakref.ref[LiveAnswer], hub: Hub
) -> None:
    """Ends with the answer, or with its last follower."""
    rung = asyncio.Event()

    def hear(_: BroadcastMessage) -> None:
        rung.set()

    group = answer_group(answer_id.hex)
    broadcaster().subscribe(group, hear)
    try:
        broadcaster().publish_soon(hub_group(writer), watch=answer_id.hex)
        await _copy_until_the_end(answer_id, reference, hub, rung)
    finally:
        broadcaster().unsubscribe(group, hear)


async def _copy_until_the_end(
    answer_id: UUID, reference: weakref.ref[LiveAnswer], hub: Hub, rung: asyncio.Event
) -> None:
    loop = asyncio.get_running_loop()
    record_read_at, failures = 0.0, 0
    while (live := reference()) and live.outcome is None:
        has_ended = await _read_store(live, hub)
        if has_ended or loop.time() - record_read_at > RECORD_S:
            record_read_at = loop.time()
            failures = 0 if await _read_record(live, answer_id, hub, failures) else failures + 1
        # Held across the wait, it would never be let go.
        del live
        await _wait(rung)


async def _wait(rung: asyncio.Event) -> None:
    try:
        # Not `wait_for`: until Python 3.12 it may lose a cancellation that comes with the timeout.
        async with asyncio.timeout(LOOK_S):
            await rung.wait()
    except TimeoutError:
        return
    rung.clear()


async def _read_store(live: LiveAnswer, hub: Hub) -> bool:
    """Whether the record has more to say than the store."""
    offset, seen = live.text.size, live.reasoning.size
    kept = await hub.store.read(live.id, offset, seen)
    if kept is None or live.outcome:
        return False
    # Somebody else may have read as much, and written it down, while we waited.
    if thought := records.beyond(live.reasoning.size - seen, kept.reasoning):
        live.write_reasoning(thought)
    if said := records.beyond(live.text.size - offset, kept.text):
        live.write(said)
    return kept.ended


async def _read_record(live: LiveAnswer, answer_id: UUID, hub: Hub, failures: int) -> bool:
    """Whether it could be read. A database that is locked or away gets some time to come back."""
    shown = StoredText(str(live.text), str(live.reasoning))
    try:
        answer = await database_sync_to_async(abandoned.reread)(answer_id, hub, shown)
    except Message.DoesNotExist:
        # Deleted with its session.
        live.end(Outcome(Status.STOPPED))
    except Exception as error:
        if failures + 1 == RECORD_ATTEMPTS:
            live.end(Outcome(Status.FAILED, error=error_reporting.report(error)))
        else:
            logger.warning("The record of an answer cannot be read yet: %s", error)
        return False
    else:
        records.catch_up(live, answer)
    return True
