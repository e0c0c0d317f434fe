"""The connection to Redis. While Redis is away commands return at once; when it is back, what it
may have lost is written again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from core.outage import Outage
from core.redis_clients import ERRORS, RETRY_S, open_blocking_client, open_client
from core.tasks import PeriodicTask

logger = logging.getLogger(__name__)

T = TypeVar("T")


class RedisConnection:
    """`refill` writes again what was written while Redis was away, which may have lost its
    memory."""

    def __init__(self, url: str, refill: Callable[[redis.asyncio.Redis], Awaitable[None]]) -> None:
        self._outage = Outage("Redis")
        self._url = url
        self._refill = refill
        self._loop: asyncio.AbstractEventLoop | None = None
        self._recovery = PeriodicTask(
            self._try_to_recover,
            interval_s=lambda: RETRY_S,
            is_needed=lambda: self.is_away,
            failure="What was written without Redis could not be sent yet",
        )

    @property
    def is_away(self) -> bool:
        return self._outage.is_away

    def open(self) -> bool:
        """Whether it was opened now: False if it is open already. A connection belongs to an
        event loop: tests, and `ask`, have several."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return False
        self._loop = loop
        self._outage = Outage("Redis")
        # One retry, for connections that broke while they were idle.
        self._client = open_client(self._url, Retry(NoBackoff(), 1))
        return True

    async def close(self) -> None:
        """For tests and commands: a server's connection lives as long as its process."""
        self._recovery.cancel()
        if self._loop is not None:
            await self._client.aclose()
            self._loop = None

    async def run(self, work: Callable[[redis.asyncio.Redis], Awaitable[T]], default: T) -> T:
        """The result of `work`; `default` if Redis is away."""
        if self.is_away:
            return default
        try:
            return await work(self._client)
        except ERRORS as error:
            self._outage.begins(error)
            self._recovery.ensure_running()
            return default

    def run_sync(self, work: Callable[[redis.Redis], T], default: T) -> T:
        """The same for threads: it blocks, on a connection of its own."""
        if self.is_away:
            return default
        try:
            with open_blocking_client(self._url, BlockingRetry(NoBackoff(), 0)) as client:
                return work(client)
        except ERRORS as error:
            logger.warning("Redis cannot be asked about a lost process: %s", error)
            return default

    async def _try_to_recover(self) -> None:
        try:
            await self._client.ping()
            await self._refill(self._client)
        except ERRORS:
            return
        self._outage.is_over()
