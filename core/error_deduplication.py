"""Groups errors of one kind into incidents: one full report in the log, then a count."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from django.core.exceptions import SuspiciousOperation

from core.outage import is_away

logger = logging.getLogger(__name__)

# Seconds for which errors of one kind are the same incident.
INCIDENT_S = 60
# How often a process that counts looks whose time is over.
LOOK_S = 5
# Kinds at once. A process has fewer; with more, the oldest incident is closed early.
MAX_INCIDENTS = 1000
MAX_TEXT_CHARS = 200


@dataclass(slots=True)
class Incident:
    """Its `id` is in the log, and in the sentence that each caller gets."""

    began_at: float
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    # How many log records it had.
    records: int = 0


class Incidents:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[Hashable, Incident] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def find(self, error: BaseException) -> Incident:
        """The open incident of errors of this kind, or a new one."""
        with self._lock:
            return self._find(kind_of(error))

    def count(self, error: BaseException) -> tuple[Incident, bool]:
        """The incident of a log record, and whether the record is its first."""
        with self._lock:
            incident = self._find(kind_of(error))
            incident.records += 1
            if incident.records > 1:
                self._start_timer()
            return incident, incident.records == 1

    def close(self, everything: bool = True) -> None:
        """Log how often each incident has happened again, when its time is over or at the end."""
        now = self._clock()
        with self._lock:
            closed = [
                kind
                for kind, incident in self._open.items()
                if everything or now - incident.began_at >= INCIDENT_S
            ]
            incidents = [self._open.pop(kind) for kind in closed]
        for incident in incidents:
            _log_count(incident)

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(LOOK_S, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        self.close(everything=False)
        with self._lock:
            self._timer = None
            if any(incident.records > 1 for incident in self._open.values()):
                self._start_timer()

    def _find(self, kind: Hashable) -> Incident:
        now, found = self._clock(), self._open.get(kind)
        if found is not None and now - found.began_at < INCIDENT_S:
            return found
        if found is None and len(self._open) >= MAX_INCIDENTS:
            _log_count(self._open.pop(next(iter(self._open))))
        if found is not None:
            _log_count(self._open.pop(kind))
        self._open[kind] = Incident(now)
        return self._open[kind]


def kind_of(error: BaseException) -> Hashable:
    """An outage is one incident wherever it shows; a bug is told by the line that raised it."""
    if is_away(error):
        return type(error).__name__, str(error)[:MAX_TEXT_CHARS]
    if isinstance(error, SuspiciousOperation):
        return type(error).__name__
    line = None
    trace = error.__traceback__
    while trace is not None:
        line = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return type(error), line


def _log_count(incident: Incident) -> None:
    if incident.records > 1:
        # Without an exception: this record is not counted itself.
        logger.error("Incident %s happened %d more times", incident.id, incident.records - 1)


incidents = Incidents()
