"""An answer that another process is writing, followed by way of the database."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Container
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings

from chat import incidents, records
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.models import Message

_tasks: set[asyncio.Task[None]] = set()


def watch(answer: Message, hub: str, held: Container[str]) -> LiveAnswer:
    """Grows as the record does. The watching ends when the answer does, or its last follower."""
    live = records.recall(answer)
    if live.outcome is None:
        task = asyncio.create_task(_copy(answer.pk, weakref.ref(live), hub, held))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    return live


async def _copy(
    id: UUID, reference: weakref.ref[LiveAnswer], hub: str, held: Container[str]
) -> None:
    while (live := reference()) and live.outcome is None:
        try:
            records.catch_up(live, await database_sync_to_async(records.reread)(id, hub, held))
        except Exception as error:
            live.end(Outcome(Status.FAILED, error=incidents.report(error)))
        del live
        await asyncio.sleep(settings.CHECKPOINT_S)
