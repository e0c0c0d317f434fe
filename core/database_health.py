"""Whether the database accepts writes: tried at a health check, every few seconds at most."""

from __future__ import annotations

import asyncio
import logging

from django.db import DatabaseError, connection

from core.db_thread import database_sync_to_async
from core.tasks import per_event_loop

logger = logging.getLogger(__name__)

# Seconds for which a result holds, and for which a health check waits for a new one.
FRESH_S = 5
PATIENCE_S = 3

# A full disk, a read-only file or a standby refuses it, and it changes nothing.
WRITE = """UPDATE django_migrations SET app = app
           WHERE id = (SELECT min(id) FROM django_migrations)"""


class DatabaseHealth:
    """The last result of this process (of one event loop: tests have many)."""

    def __init__(self) -> None:
        self._checked_at = float("-inf")
        self._result = True
        self._check: asyncio.Task[bool] | None = None

    async def is_writable(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() - self._checked_at < FRESH_S:
            return self._result
        if self._check is None:
            # One for all that ask meanwhile.
            self._check = asyncio.create_task(self._try())
        done, _ = await asyncio.wait({self._check}, timeout=PATIENCE_S)
        return bool(done) and self._result

    async def _try(self) -> bool:
        try:
            self._result = await database_sync_to_async(accepts_writes)()
        finally:
            self._check = None
            self._checked_at = asyncio.get_running_loop().time()
        return self._result


def accepts_writes() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(WRITE)
    except DatabaseError:
        logger.warning("The database accepts no writes", exc_info=True)
        return False
    return True


database_health = per_event_loop(DatabaseHealth)
