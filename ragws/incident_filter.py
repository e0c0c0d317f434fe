"""Log filters: one report for many errors of a kind, few lines about what clients do wrong, and
the request or answer of each line."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from core.error_deduplication import MAX_TEXT_CHARS, incidents
from core.log_context import current_log_context
from core.outage import is_away

# How many lines about refused requests are logged in how many seconds.
MAX_CLIENT_LINES, PERIOD_S = 60, 60


class IncidentFilter(logging.Filter):
    """Of the records with an error, the first of its kind in a minute is logged, with the id of
    its incident; the others are counted.

    A traceback is left out where it tells nothing: of a database that is away or full, and of
    requests that make no sense.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        incident, is_first = incidents.count(error)
        if not is_first:
            return False
        message = record.getMessage()
        if is_away(error):
            message = f"{message}: {type(error).__name__}: {shorten(str(error))}"
            record.exc_info = record.exc_text = None
        elif is_clients_fault(record):
            message = shorten(message)
            record.exc_info = record.exc_text = None
        if incident.id not in message:
            message = f"{message} (incident {incident.id})"
        record.msg, record.args = message, None
        return True


class ClientErrorFilter(logging.Filter):
    """Cuts and limits Django's lines about requests that are refused, such as those for addresses
    that are not there: anybody can cause any number of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._began_at = float("-inf")
        self._lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if not is_clients_fault(record):
            return True
        left_out = self._count()
        if left_out is None:
            return False
        message = shorten(record.getMessage())
        record.msg = f"{message} ({left_out} more before this one)" if left_out else message
        record.args = None
        return True

    def _count(self) -> int | None:
        """How many lines were left out before this one, or None if it is to be left out, too."""
        with self._lock:
            left_out = 0
            if self._clock() - self._began_at >= PERIOD_S:
                left_out = max(self._lines - MAX_CLIENT_LINES, 0)
                self._began_at, self._lines = self._clock(), 0
            self._lines += 1
            return left_out if self._lines <= MAX_CLIENT_LINES else None


class ContextFilter(logging.Filter):
    """Gives each record a `context`, for the format of the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        name = current_log_context()
        record.context = f" [{name}]" if name else ""
        return True


def is_clients_fault(record: logging.LogRecord) -> bool:
    """Django's loggers add the status of the response."""
    return 400 <= getattr(record, "status_code", 500) < 500


def shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT_CHARS else f"{line[:MAX_TEXT_CHARS]}…"
