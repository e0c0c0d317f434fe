"""The store of limits that this process uses."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from accounts.limits.memory_store import MemoryStore
from accounts.limits.redis_store import RedisStore
from accounts.limits.store import Store


@cache
def current_store() -> Store:
    return RedisStore(settings.REDIS_URL) if settings.REDIS_URL else MemoryStore()
