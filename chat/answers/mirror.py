"""Mirrors: copies of answers that another process writes, with text from the store and the ending
from the database."""

from __future__ import annotations

import asyncio
import logging
import weakref
from uuid import UUID

from chat.answers import abandoned, records
from chat.answers.hub import Hub
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.live.store import StoredText
from chat.models import Message
from core import error_reporting
from core.broadcast import BroadcastMessage, answer_group, broadcaster, hub_group
from core.db_thread import database_sync_to_async
from core.tasks import TaskSet

logger = logging.getLogger(__name__)

# Seconds between two reads of the store if no message comes, and of the database, which tells
# that the writer is gone.
STORE_POLL_S = 1
RECORD_POLL_S = 1
# After so many failed reads of the record in a row a mirror is given up.
RECORD_ATTEMPTS = 10

_mirrors: weakref.WeakValueDictionary[str, LiveAnswer] = weakref.WeakValueDictionary()
_tasks = TaskSet()


async def mirror(answer: Message, hub: Hub) -> LiveAnswer:
    """Up to date when returned, and updated as long as a caller holds a reference to it."""
    live = _mirrors.get(answer.pk.hex)
    if live is None or live.outcome:
        live = records.to_live_answer(answer)
        if live.outcome is None:
            _mirrors[live.id] = live
            _tasks.start(_update_until_the_end(answer.pk, answer.hub, weakref.ref(live), hub))
    if live.outcome is None:
        await _copy_stored_text(live, hub)
    return live


async def _update_until_the_end(
    answer_id: UUID, writer: str, reference: weakref.ref[LiveAnswer], hub: Hub
) -> None:
    """Ends with the answer, or with the last reference to the mirror."""
    changed = asyncio.Event()

    def on_message(_: BroadcastMessage) -> None:
        changed.set()

    group, loop = answer_group(answer_id.hex), asyncio.get_running_loop()
    record_read_at, failures = 0.0, 0
    broadcaster().subscribe(group, on_message)
    try:
        broadcaster().publish_soon(hub_group(writer), watch=answer_id.hex)
        while (live := reference()) and live.outcome is None:
            has_ended = await _copy_stored_text(live, hub)
            if has_ended or loop.time() - record_read_at > RECORD_POLL_S:
                record_read_at = loop.time()
                was_read = await _copy_record(live, answer_id, hub, failures)
                failures = 0 if was_read else failures + 1
            # A reference held during the wait would keep the mirror alive for ever.
            del live
            await _wait(changed)
    finally:
        broadcaster().unsubscribe(group, on_message)


async def _wait(changed: asyncio.Event) -> None:
    try:
        # Not `wait_for`: until Python 3.12 it may lose a cancellation that comes with the timeout.
        async with asyncio.timeout(STORE_POLL_S):
            await changed.wait()
    except TimeoutError:
        return
    changed.clear()


async def _copy_stored_text(live: LiveAnswer, hub: Hub) -> bool:
    """Whether the answer has ended, so that the record has more to tell than the store."""
    offset, reasoning_offset = live.text.size, live.reasoning.size
    stored = await hub.store.read(live.id, offset, reasoning_offset)
    if stored is None or live.outcome:
        return False
    # Another task may have read and appended the same text during the `await`.
    already_thought, already_said = live.reasoning.size - reasoning_offset, live.text.size - offset
    if reasoning := records.after_bytes(already_thought, stored.reasoning):
        live.write_reasoning(reasoning)
    if text := records.after_bytes(already_said, stored.text):
        live.write(text)
    return stored.ended


async def _copy_record(live: LiveAnswer, answer_id: UUID, hub: Hub, failures: int) -> bool:
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
