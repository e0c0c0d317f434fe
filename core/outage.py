"""Logs an outage of a database or of Redis once when it begins, and once when it is over."""

from __future__ import annotations

import logging
import sqlite3

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be reached or cannot be written; otherwise it is a bug."""
    # SQLite raises OperationalError for a missing table, too.
    is_bug = getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return isinstance(error, (OperationalError, InterfaceError)) and not is_bug


class Outage:
    """Whether a service is out of reach. `service` is the subject of the log's sentences."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.is_away = False

    def begins(self, error: BaseException) -> None:
        if not self.is_away:
            self.is_away = True
            logger.warning("%s is out of reach: %r", self._service, error)

    def is_over(self) -> None:
        if self.is_away:
            self.is_away = False
            logger.warning("%s is back", self._service)
