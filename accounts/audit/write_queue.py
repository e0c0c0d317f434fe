"""Audit events that wait to be written in batches: one transaction a second, in its own thread."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.audit.events import Event, as_row, save, write_line
from accounts.audit.refusal_budget import PERIOD_S, RefusalBudget
from accounts.models import Action, AuditEvent

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 1.0
# How many different events wait while the database accepts none. Further ones are only counted.
MAX_WAITING = 10_000
# What strangers can cause any number of, each with another path or name.
REFUSALS = frozenset({Action.REFUSED, Action.LIMITED, Action.LOGIN_FAILED})


class AuditQueue:
    """The queue of one process. Events come from the event loop and from any thread."""

    def __init__(self) -> None:
        # For each event: when it happened first, and how often since then.
        self._waiting: dict[Event, tuple[datetime, int]] = {}
        # Rows whose log line is written, but which the database has not accepted yet.
        self._unsaved: list[AuditEvent] = []
        # The same for refusals that are beyond their budget. They wait until their minute is over.
        self._summaries: dict[Event, tuple[datetime, int]] = {}
        self._budget = RefusalBudget()
        self._dropped = 0
        self._timer: threading.Timer | None = None
        self._adding = threading.Lock()
        self._flushing = threading.Lock()

    def add(self, event: Event) -> None:
        with self._adding:
            waiting = self._waiting
            if event not in waiting:
                summary = self._budget.summarize(event) if event.action in REFUSALS else None
                if summary:
                    event, waiting = summary, self._summaries
            first, times = waiting.get(event, (None, 0))
            if first is None and len(waiting) >= MAX_WAITING:
                self._dropped += 1
                return
            waiting[event] = first or timezone.now(), times + 1
            self._start_timer()

    def flush(self, everything: bool = True) -> None:
        """Write all that waits, now, or leave summaries until their minute is over. Blocks on the
        database."""
        with self._flushing:
            try:
                self._save([*self._unsaved, *self._take(everything)])
            finally:
                # Not before: so at most one thread waits for a slow database.
                self._restart_timer()

    def flush_in_own_thread(self, everything: bool = True) -> None:
        try:
            self.flush(everything)
        except Exception:
            logger.exception("The audit log could not be written")
        finally:
            connections.close_all()

    def clear(self) -> None:
        """Drop what waits. For tests, whose events must not reach the next test."""
        with self._adding:
            timer, self._timer = self._timer, None
            self._waiting.clear()
            self._summaries.clear()
            self._budget = RefusalBudget()
        if timer:
            timer.cancel()
            timer.join()
        with self._flushing:
            self._unsaved = []

    def _take(self, everything: bool) -> list[AuditEvent]:
        over = timezone.now() - timedelta(seconds=0 if everything else PERIOD_S)
        with self._adding:
            waiting, self._waiting = self._waiting, {}
            ended = [event for event, (first, _) in self._summaries.items() if first <= over]
            waiting |= {event: self._summaries.pop(event) for event in ended}
            dropped, self._dropped = self._dropped, 0
        rows = [as_row(event, at, times) for event, (at, times) in waiting.items()]
        for row in rows:
            write_line(row)
        if dropped:
            logger.error("The audit log lost %d events: there were too many", dropped)
        return rows

    def _save(self, rows: list[AuditEvent]) -> None:
        try:
            save(rows)
        except DatabaseError:
            logger.warning("The audit log will be written later", exc_info=True)
            self._unsaved = rows[:MAX_WAITING]
            if len(rows) > MAX_WAITING:
                lost = len(rows) - MAX_WAITING
                logger.error("The audit log lost %d events: only their lines are left", lost)
        else:
            self._unsaved = []

    def _restart_timer(self) -> None:
        with self._adding:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._waiting or self._summaries or self._unsaved:
                self._start_timer()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(FLUSH_EVERY_S, self.flush_in_own_thread, [False])
            # A process that ends flushes by itself, and does not wait for the timer.
            self._timer.daemon = True
            self._timer.start()


audit_queue = AuditQueue()
