"""Django's PostgreSQL backend that fails fast while the server is away.

All queries of the sockets go through one thread. If each of them waited for a connection by itself,
the last of a hundred would fail after minutes.
"""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from core.outage import Outage

# Seconds. Within FAIL_FAST_S after a connection failed, the next ones fail at once; later ones wait
# for RETRY_TIMEOUT_S, which is shorter than the pool's own timeout.
FAIL_FAST_S, RETRY_TIMEOUT_S = 0.25, 0.5


class DatabaseWrapper(base.DatabaseWrapper):
    # Shared by the process: each thread has a wrapper of its own, and all have one pool.
    _outage = Outage("PostgreSQL")
    _fail_fast_until = 0.0

    def get_new_connection(self, conn_params: Any) -> Any:
        if self.pool is None:
            # Django's own maintenance, such as creating a database for the tests.
            return super().get_new_connection(conn_params)
        if time.monotonic() < DatabaseWrapper._fail_fast_until:
            raise OperationalError("PostgreSQL was out of reach a moment ago")
        if self._outage.is_away:
            self.pool.timeout = RETRY_TIMEOUT_S
        try:
            connection = super().get_new_connection(conn_params)
        except OperationalError as error:
            self._outage.begins(error)
            DatabaseWrapper._fail_fast_until = time.monotonic() + FAIL_FAST_S
            raise
        self._outage.is_over()
        self.pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection
