"""Log filters: one report for many errors of a kind, and the request or answer of each line."""

from __future__ import annotations

import logging

from core.incidents import MAX_TEXT_CHARS, incidents
from core.log_context import current_log_context
from core.outage import is_away


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
