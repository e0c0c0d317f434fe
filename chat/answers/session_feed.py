"""Who follows a session hears of each answer begun in it, soon after the question was asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from django.utils import timezone

from chat.answers import records
from core.broadcast import BroadcastMessage, broadcaster, session_group
from core.db_thread import database_sync_to_async

logger = logging.getLogger(__name__)

Listener = Callable[[str], None]

# Seconds. A ring that is lost costs no more than that.
LOOK_S = 1
# Transactions take a moment to become visible, and clocks differ: looks overlap.
OVERLAP = timedelta(seconds=10)


class SessionFeed:
    """One look at the database for all followed sessions of a process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        # Since when: what was begun earlier is history.
        self._followed_at: dict[str, datetime] = {}
        # Answers that listeners know of, with the time they were heard of.
        self._known: dict[str, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def follow(self, session_id: str, listener: Listener) -> None:
        if session_id not in self._listeners:
            broadcaster().subscribe(session_group(session_id), self._hear)
            self._followed_at[session_id] = timezone.now()
        self._listeners.setdefault(session_id, set()).add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._look_for_ever())

    def unfollow(self, session_id: str, listener: Listener) -> None:
        listeners = self._listeners.get(session_id, set())
        listeners.discard(listener)
        if not listeners and self._listeners.pop(session_id, None) is not None:
            broadcaster().unsubscribe(session_group(session_id), self._hear)
            del self._followed_at[session_id]

    def _hear(self, message: BroadcastMessage) -> None:
        if answer_id := message.get("answer"):
            self._tell(message["group"].removeprefix(session_group("")), answer_id)

    def _tell(self, session_id: str, answer_id: str) -> None:
        if answer_id not in self._known:
            self._known[answer_id] = timezone.now()
            for listener in tuple(self._listeners.get(session_id, ())):
                listener(answer_id)

    async def _look_for_ever(self) -> None:
        try:
            since = timezone.now()
            while self._listeners:
                await asyncio.sleep(LOOK_S)
                since = await self._look(since)
        finally:
            self._task = None

    async def _look(self, since: datetime) -> datetime:
        now = timezone.now()
        ids = [UUID(session_id) for session_id in self._listeners]
        try:
            begun = await database_sync_to_async(records.begun_in)(ids, since)
        except Exception:
            logger.warning("Followed sessions could not be looked at", exc_info=True)
            return since
        for answer_id, session_id, begun_at in begun:
            followed_at = self._followed_at.get(session_id.hex)
            if followed_at and begun_at >= followed_at:
                self._tell(session_id.hex, answer_id.hex)
        old = now - 2 * OVERLAP
        self._known = {id: heard for id, heard in self._known.items() if heard > old}
        return max(since, now - OVERLAP)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, SessionFeed] = WeakKeyDictionary()


def session_feed() -> SessionFeed:
    return _watches.setdefault(asyncio.get_running_loop(), SessionFeed())
