"""Something that is away is told of once when it goes, and once when it is back."""

from __future__ import annotations

import logging
import sqlite3

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be reached, or takes nothing; else the mistake is ours."""
    # SQLite says the same of a table that is not there.
    mistaken = getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return isinstance(error, (OperationalError, InterfaceError)) and not mistaken


class Outage:
    def __init__(self, what: str) -> None:
        self._what = what
        self.is_away = False

    def begins(self, error: BaseException) -> None:
        if not self.is_away:
            self.is_away = True
            logger.warning("%s is out of reach: %r", self._what, error)

    def is_over(self) -> None:
        if self.is_away:
            self.is_away = False
            logger.warning("%s is back", self._what)
