"""Django's PostgreSQL, but for one thing: when it is away, not everybody waits to find out.

All that the sockets ask of the database goes through one thread. If each question waited for a
connection by itself, the last of a hundred would be refused after minutes.
"""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from core.outage import Outage

# Seconds. Who comes within so long after somebody waited in vain is told at once; who comes later
# waits, but not as long as the first.
KNOWN_FOR_S, WAIT_AGAIN_S = 0.25, 0.5


class DatabaseWrapper(base.DatabaseWrapper):
    # Of the process: its threads have a wrapper each, and one pool.
    _outage = Outage("PostgreSQL")
    _known_until = 0.0

    def get_new_connection(self, conn_params: Any) -> Any:
        if self.pool is None:
            # Django's own errands, such as generation a database for the tests.
            return super().get_new_connection(conn_params)
        if time.monotonic() < DatabaseWrapper._known_until:
            raise OperationalError("PostgreSQL was out of reach a moment ago")
        if self._outage.is_away:
            self.pool.timeout = WAIT_AGAIN_S
        try:
            connection = super().get_new_connection(conn_params)
        except OperationalError as error:
            self._outage.begins(error)
            DatabaseWrapper._known_until = time.monotonic() + KNOWN_FOR_S
            raise
        self._outage.is_over()
        self.pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection
