"""Logs an outage of a database or of Redis once when it begins, and once when it is over."""

from __future__ import annotations

import errno
import logging
import sqlite3

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


# A disk that is full, over its quota, or has become read-only.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
# PostgreSQL's `read_only_sql_transaction`: after a failover, or where its own disk is full.
READ_ONLY = "25006"


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be reached, or it or the disk accepts nothing; otherwise it is a
    bug."""
    if isinstance(error, OSError):
        return error.errno in FULL
    if getattr(error.__cause__, "sqlstate", None) == READ_ONLY:
        return True
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
