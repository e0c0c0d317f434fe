"""The threads that search, apart from the one that all other database work shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from channels.db import database_sync_to_async

from core.db_thread import allow_all_cpus
from core.fair_threads import FairThreads

Result = TypeVar("Result")

SEARCH_THREADS = FairThreads(4, thread_name_prefix="search", initializer=allow_all_cpus)


async def in_search_thread(user_id: UUID, work: Callable[..., Result], *values: object) -> Result:
    """The threads are shared fairly between users."""
    in_thread = database_sync_to_async(
        work,
        thread_sensitive=False,
        executor=SEARCH_THREADS.of(user_id),  # type: ignore[arg-type] # of which only `submit` is called
    )
    return await in_thread(*values)
