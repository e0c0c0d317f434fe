"""The way to Redis. While it is away nobody waits for it; when it is back, it is filled again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from core.outage import Outage
from core.redis_clients import ERRORS, RETRY_S, open_blocking_client, open_client

logger = logging.getLogger(__name__)

T = TypeVar("T")


class RedisConnection:
    """`refill` sends what was written while Redis was away, which may have lost its memory."""

    def __init__(self, url: str, refill: Callable[[redis.asyncio.Redis], Awaitable[None]]) -> None:
        self._outage = Outage("Redis")
        self._url = url
        self._refill = refill
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_away(self) -> bool:
        return self._outage.is_away

    def open(self) -> bool:
        """False if it is open. Connections belong to a loop: tests, and `ask`, have several."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return False
        self._loop = loop
        self._outage = Outage("Redis")
        # Once, for connections that broke while nobody looked.
        self._redis = open_client(self._url, Retry(NoBackoff(), 1))
        return True

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that goes on until the link is closed."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """For tests and commands: a server lives as long as its process."""
        for task in self._tasks:
            task.cancel()
        if self._loop is not None:
            await self._redis.aclose()
            self._loop = None

    async def ask(self, work: Callable[[redis.asyncio.Redis], Awaitable[T]], otherwise: T) -> T:
        """What `work` makes of it; `otherwise` if Redis is away."""
        if self.is_away:
            return otherwise
        try:
            return await work(self._redis)
        except ERRORS as error:
            self._lose(error)
            return otherwise

    def ask_in_thread(self, work: Callable[[redis.Redis], T], otherwise: T) -> T:
        """The same for threads: it blocks, on a connection of its own."""
        if self.is_away:
            return otherwise
        try:
            with open_blocking_client(self._url, BlockingRetry(NoBackoff(), 0)) as client:
                return work(client)
        except ERRORS as error:
            logger.warning("Redis cannot be asked about a lost process: %s", error)
            return otherwise

    def _lose(self, error: BaseException) -> None:
        if not self.is_away:
            self._outage.begins(error)
            self.keep(self._recover())

    async def _recover(self) -> None:
        while self.is_away:
            await asyncio.sleep(RETRY_S)
            try:
                await self._redis.ping()
                await self._refill(self._redis)
            except ERRORS:
                continue
            except Exception:
                logger.exception("What was written without Redis could not be sent yet")
                continue
            self._outage.is_over()
