"""What happens often is noted in batches: one transaction a second, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.audit.events import Event, as_row, save, write_line
from accounts.models import AuditEvent

logger = logging.getLogger(__name__)

EVERY_S = 1.0
# How many different events a process holds while the database takes none. More are only counted.
MOST = 10_000


class Batches:
    """Of one process. Events come from the event loop and from any thread."""

    def __init__(self) -> None:
        # When it happened first, and how often since then.
        self._waiting: dict[Event, tuple[datetime, int]] = {}
        # Those whose line is written, but which the database did not take yet.
        self._unsaved: list[AuditEvent] = []
        self._dropped = 0
        self._timer: threading.Timer | None = None
        self._adding = threading.Lock()
        self._writing = threading.Lock()

    def add(self, event: Event) -> None:
        with self._adding:
            first, times = self._waiting.get(event, (None, 0))
            if first is None and len(self._waiting) >= MOST:
                self._dropped += 1
                return
            self._waiting[event] = first or timezone.now(), times + 1
            self._write_soon()

    def write(self) -> None:
        """All that waits, now. Only to be called where the database may be asked."""
        with self._writing:
            try:
                self._save([*self._unsaved, *self._take()])
            finally:
                # Not before: of threads that wait for a slow database there is one at most.
                self._be_ready_for_more()

    def _take(self) -> list[AuditEvent]:
        with self._adding:
            waiting, self._waiting = self._waiting, {}
            dropped, self._dropped = self._dropped, 0
        fresh = [as_row(event, at, times) for event, (at, times) in waiting.items()]
        for row in fresh:
            write_line(row)
        if dropped:
            logger.error("The audit log lost %d events: there were too many", dropped)
        return fresh

    def write_in_own_thread(self) -> None:
        try:
            self.write()
        except Exception:
            logger.exception("The audit log could not be written")
        finally:
            connections.close_all()

    def forget(self) -> None:
        """What waits is dropped; a test that ends leaves nothing to the next one."""
        with self._adding:
            timer, self._timer = self._timer, None
            self._waiting.clear()
        if timer:
            timer.cancel()
            timer.join()
        with self._writing:
            self._unsaved = []

    def _save(self, rows: list[AuditEvent]) -> None:
        try:
            save(rows)
        except DatabaseError as error:
            logger.warning("The audit log will be written later: %s", error)
            self._unsaved = rows[:MOST]
            if len(rows) > MOST:
                lost = len(rows) - MOST
                logger.error("The audit log lost %d events: only their lines are left", lost)
        else:
            self._unsaved = []

    def _be_ready_for_more(self) -> None:
        with self._adding:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._waiting or self._unsaved:
                self._write_soon()

    def _write_soon(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(EVERY_S, self.write_in_own_thread)
            # A process that ends writes what is left by itself, and does not wait for this.
            self._timer.daemon = True
            self._timer.start()


batches = Batches()
