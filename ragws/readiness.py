"""Whether this process should be sent clients: what `/readyz` tells a load balancer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from chat.answers.hub import Hub
from core.database_health import database_health
from core.db_thread import database_sync_to_async
from core.tasks import per_event_loop
from ragws.server_hub import hub

# Seconds for which a result holds, so that probes cost next to nothing, and for which one may wait.
FRESH_S = 1
PATIENCE_S = 3
# Applied migrations stay applied, as good as always.
MIGRATIONS_FRESH_S = 60

OK = "ok"
NO_RESULT = {"process": "busy"}


class Leaving:
    """Whether the server was told to stop. One per process: signals know no event loop."""

    def __init__(self) -> None:
        self.is_leaving = False


leaving = Leaving()


class Readiness:
    """The last result of this process (of one event loop: tests have many)."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._result: Mapping[str, str] = NO_RESULT
        self._checked_at = self._migrated_at = float("-inf")
        self._check: asyncio.Task[None] | None = None

    async def checks(self) -> Mapping[str, str]:
        """What was looked at, and "ok" or a few words about it."""
        if asyncio.get_running_loop().time() - self._checked_at >= FRESH_S:
            if self._check is None:
                # One for all that ask meanwhile.
                self._check = asyncio.create_task(self._look())
            done, _ = await asyncio.wait({self._check}, timeout=PATIENCE_S)
            if not done:
                return NO_RESULT
        is_leaving = leaving.is_leaving or self._hub.draining
        return {**self._result, "process": "stopping" if is_leaving else OK}

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time
        try:
            is_store_reachable = await self._hub.store.is_reachable()
            redis = {"redis": OK if is_store_reachable else "away"} if settings.REDIS_URL else {}
            database = OK if await database_health().is_writable() else "takes no writes"
            migrations = await self._migrations(now()) if database == OK else "unknown"
            self._result = {"database": database, "migrations": migrations, **redis}
        finally:
            self._check = None
            self._checked_at = now()

    async def _migrations(self, now: float) -> str:
        if now - self._migrated_at < MIGRATIONS_FRESH_S:
            return OK
        if not await database_sync_to_async(is_migrated)():
            return "missing"
        self._migrated_at = now
        return OK


def is_migrated() -> bool:
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError:
        return False
    return applied.keys() >= _last_migrations()


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    """Of each app, as they are in the code of this process. Reading them takes a while."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


readiness = per_event_loop(lambda: Readiness(hub))
