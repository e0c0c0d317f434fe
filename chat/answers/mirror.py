"""Mirrors: copies of answers that another process writes, with text from the store and the ending
from the database."""

from __future__ import annotations

import asyncio
import logging
import weakref
from datetime import datetime
from uuid import UUID

from chat.answers import interrupted_answers, records
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

# So many saves of the record must be seen to be sure that it has what was shown before the first.
SAVES_TO_BE_SURE = 3

_mirrors: weakref.WeakValueDictionary[str, Mirror] = weakref.WeakValueDictionary()
_tasks = TaskSet()


class Mirror(LiveAnswer):
    """`saves`: how often its writer has saved the record since the mirror was made."""

    __slots__ = ("saves", "written_at")

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments)
        self.saves = 0
        self.written_at: datetime | None = None

    def note_save(self, written_at: datetime | None) -> None:
        if written_at != self.written_at:
            self.written_at = written_at
            self.saves += 1
            self.wake()

    async def catch_up(self, offset: int, reasoning_offset: int) -> None:
        """Returns when it has so much text, or has ended, or when it is certain that no reader can
        have seen so much: a Redis that comes back empty says nothing about what was shown."""
        sure_at = self.saves + SAVES_TO_BE_SURE
        while self.text.size < offset or self.reasoning.size < reasoning_offset:
            if self.outcome or self.saves >= sure_at:
                return
            await self.changed()


async def mirror(
    answer: Message, hub: Hub, offset: int = 0, reasoning_offset: int = 0
) -> LiveAnswer:
    """Up to date when returned, at those offsets if it ever gets there, and updated as long as a
    caller holds a reference to it."""
    live = _mirrors.get(answer.pk.hex)
    if live is None or live.outcome:
        live = records.to_live_answer(answer, Mirror)
        if live.outcome is None:
            live.written_at = answer.written_at
            _mirrors[live.id] = live
            _tasks.start(_update_until_the_end(answer.pk, answer.hub, weakref.ref(live), hub))
    if live.outcome is None:
        await _copy_stored_text(live, hub)
        await live.catch_up(offset, reasoning_offset)
    return live


async def _update_until_the_end(
    answer_id: UUID, writer: str, reference: weakref.ref[Mirror], hub: Hub
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
    _append(live, stored.text, stored.reasoning, offset, reasoning_offset)
    return stored.ended


async def _copy_record(live: Mirror, answer_id: UUID, hub: Hub, failures: int) -> bool:
    """Whether it could be read. A database that is locked or away gets some time to come back."""
    size, reasoning_size = live.text.size, live.reasoning.size
    try:
        found = await database_sync_to_async(interrupted_answers.read_progress)(
            answer_id, hub, size, reasoning_size
        )
        if isinstance(found, Message):
            await _end(live, found, hub)
        else:
            _append(live, found.text, found.reasoning, size, reasoning_size)
            live.note_save(found.written_at)
    except Message.DoesNotExist:
        # Deleted with its session.
        live.end(Outcome(Status.STOPPED))
    except Exception as error:
        if failures + 1 == RECORD_ATTEMPTS:
            live.end(Outcome(Status.FAILED, error=error_reporting.report(error)))
        else:
            logger.warning("The record of an answer cannot be read yet: %s", error)
        return False
    return True


async def _end(live: Mirror, answer: Message, hub: Hub) -> None:
    """The record of a lost answer becomes no shorter than what was shown here."""
    if answer.status == Message.Status.INTERRUPTED:
        shown = StoredText(str(live.text), str(live.reasoning))
        answer = await database_sync_to_async(interrupted_answers.reread)(answer.pk, hub, shown)
    records.catch_up(live, answer)


def _append(live: LiveAnswer, text: str, reasoning: str, size: int, reasoning_size: int) -> None:
    """What was read from those sizes on. Another task may have appended of it meanwhile."""
    if more := records.after_bytes(live.reasoning.size - reasoning_size, reasoning):
        live.write_reasoning(more)
    if more := records.after_bytes(live.text.size - size, text):
        live.write(more)
