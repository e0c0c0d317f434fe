"""Tells subscribers of a session about each answer begun in it, soon after the question, and when
it shows another branch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from chat import branches
from chat.answers import records
from core.broadcast import BroadcastMessage, broadcaster, session_group
from core.db_thread import database_sync_to_async
from core.tasks import PeriodicTask, per_event_loop

# Seconds. A lost message delays an answer by no more than that.
POLL_S = 1
# Transactions take a moment to become visible, and clocks differ: polls overlap.
OVERLAP = timedelta(seconds=10)


class Listener(NamedTuple):
    """`on_answer` is called with the id of an answer, `on_branch` with that of the session."""

    on_answer: Callable[[str], None]
    on_branch: Callable[[str], None]


class SessionFeed:
    """One query polls the database for all sessions that this process has subscribers of."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        # Answers begun before the subscription are history.
        self._subscribed_at: dict[str, datetime] = {}
        # Answers that listeners were told of, and when.
        self._known: dict[str, datetime] = {}
        # The branch that each session shows, once it was looked at.
        self._branches: dict[str, UUID | None] = {}
        self._polled_until = timezone.now()
        self._polling = PeriodicTask(
            self._poll,
            interval_s=lambda: POLL_S,
            is_needed=lambda: bool(self._listeners),
            failure="Followed sessions could not be looked at",
        )

    def subscribe(self, session_id: str, listener: Listener) -> None:
        now = timezone.now()
        if not self._listeners:
            self._polled_until = now
        if session_id not in self._listeners:
            broadcaster().subscribe(session_group(session_id), self.on_message)
            self._subscribed_at[session_id] = now
        self._listeners.setdefault(session_id, set()).add(listener)
        self._polling.ensure_running()

    def unsubscribe(self, session_id: str, listener: Listener) -> None:
        listeners = self._listeners.get(session_id, set())
        listeners.discard(listener)
        if not listeners and self._listeners.pop(session_id, None) is not None:
            broadcaster().unsubscribe(session_group(session_id), self.on_message)
            del self._subscribed_at[session_id]
            self._branches.pop(session_id, None)

    def on_message(self, message: BroadcastMessage) -> None:
        session_id = message["group"].removeprefix(session_group(""))
        if answer_id := message.get("answer"):
            self._notify(session_id, answer_id)
        elif message.get("event") == "branch":
            # The next look does not find it again.
            self._branches.pop(session_id, None)
            self._notify_of_branch(session_id)

    def _notify_of_branch(self, session_id: str) -> None:
        for listener in tuple(self._listeners.get(session_id, ())):
            listener.on_branch(session_id)

    def _notify(self, session_id: str, answer_id: str) -> None:
        if answer_id not in self._known:
            self._known[answer_id] = timezone.now()
            # Of its branch they hear with it.
            self._branches.pop(session_id, None)
            for listener in tuple(self._listeners.get(session_id, ())):
                listener.on_answer(answer_id)

    async def _poll(self) -> None:
        now = timezone.now()
        ids = [UUID(session_id) for session_id in self._listeners]
        # In this order: an answer that has changed the branch is among those that are found.
        shown = await database_sync_to_async(branches.shown_in)(ids)
        begun = await database_sync_to_async(records.answers_since)(ids, self._polled_until)
        for answer_id, session_id, begun_at in begun:
            subscribed_at = self._subscribed_at.get(session_id.hex)
            if subscribed_at and begun_at >= subscribed_at:
                self._notify(session_id.hex, answer_id.hex)
        for session_id, branch in shown.items():
            self._compare(session_id.hex, branch)
        old = now - 2 * OVERLAP
        self._known = {id: told_at for id, told_at in self._known.items() if told_at > old}
        self._polled_until = max(self._polled_until, now - OVERLAP)

    def _compare(self, session_id: str, branch: UUID | None) -> None:
        if session_id not in self._listeners:
            return
        known = self._branches.get(session_id, branch)
        self._branches[session_id] = branch
        if known != branch:
            self._notify_of_branch(session_id)


session_feed = per_event_loop(SessionFeed)
