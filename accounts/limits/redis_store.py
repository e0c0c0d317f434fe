"""The store of limits in Redis, shared by all processes; in an outage, each counts by itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

import redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from accounts.limits.kinds import Meter
from accounts.limits.memory_store import MemoryStore
from accounts.limits.redis_scripts import ADJUST, TAKE
from accounts.limits.store import LEASE_S, Adjustment, Clock, LeaseRecord, Reading, limit_reached
from core.outage import Outage
from core.redis_clients import ERRORS, RETRY_S, open_blocking_client, open_client

RENEWED_AT_ONCE = 500

# Retried once, for connections that broke while they were idle. Timeouts are not retried: the
# command may have run, and would count twice.
RETRIED = (redis.ConnectionError,)


class RedisStore:
    def __init__(self, url: str, clock: Clock = time.time) -> None:
        self._outage = Outage("The Redis that counts for limits")
        self._url = url
        self._clock = clock
        self._memory = MemoryStore(clock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = threading.Event()
        self._blocking = open_blocking_client(url, BlockingRetry(NoBackoff(), 1, RETRIED))
        self._take_sync = self._blocking.register_script(TAKE)
        self._adjust_sync = self._blocking.register_script(ADJUST)

    @property
    def is_degraded(self) -> bool:
        return self._outage.is_away

    async def take(self, meters: Sequence[Meter], lease_id: str = "") -> None:
        self._connect()
        if not self.is_degraded:
            now = self._now()
            try:
                shown = await self._take(_keys(meters), _take_arguments(meters, lease_id, now))
                _readings(meters, shown, now)
                return
            except ERRORS as error:
                self._degrade(error)
        await self._memory.take(meters, lease_id)

    def take_sync(self, meters: Sequence[Meter], lease_id: str = "") -> list[Reading]:
        if not self.is_degraded:
            now = self._now()
            try:
                shown = self._take_sync(_keys(meters), _take_arguments(meters, lease_id, now))
                return _readings(meters, shown, now)
            except ERRORS as error:
                self._degrade(error)
        return self._memory.take_sync(meters, lease_id)

    async def adjust(self, adjustments: Sequence[Adjustment], lease_id: str = "") -> None:
        self._connect()
        if not self.is_degraded:
            try:
                await self._adjust(*_adjust_arguments(adjustments, lease_id, self._now()))
                return
            except ERRORS as error:
                self._degrade(error)
        self._memory.adjust_sync(adjustments, lease_id)

    def adjust_sync(self, adjustments: Sequence[Adjustment], lease_id: str = "") -> None:
        if not self.is_degraded:
            try:
                self._adjust_sync(*_adjust_arguments(adjustments, lease_id, self._now()))
                return
            except ERRORS as error:
                self._degrade(error)
        self._memory.adjust_sync(adjustments, lease_id)

    async def renew(self, leases: Collection[LeaseRecord]) -> None:
        """Some at a time, so that other commands need not wait for ten thousand. A lease that is
        released at this very moment may come back, for as long as a lease lasts."""
        self._connect()
        if self.is_degraded:
            await self._memory.renew(leases)
            return
        left = iter(leases)
        try:
            while some := tuple(islice(left, RENEWED_AT_ONCE)):
                await self._renew(some)
        except ERRORS as error:
            self._degrade(error)

    async def _renew(self, leases: Sequence[LeaseRecord]) -> None:
        until = self._now() + LEASE_S
        held: dict[str, dict[str, int]] = {}
        for lease in leases:
            for meter in lease.meters:
                held.setdefault(_held_key(meter), {})[lease.id] = until
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, ids in held.items():
                pipe.zadd(key, ids)
                pipe.expire(key, LEASE_S)
            await pipe.execute()

    def read(self, meters: Sequence[Meter]) -> list[Reading]:
        if not self.is_degraded:
            try:
                return [self._read(meter, self._now()) for meter in meters]
            except ERRORS as error:
                self._degrade(error)
        return self._memory.read(meters)

    def _read(self, meter: Meter, now: int) -> Reading:
        used, ends_at = self._blocking.hmget(_used_key(meter), "used", "ends_at")
        held = self._blocking.zcount(_held_key(meter), f"({now}", "+inf") * meter.amount
        if int(ends_at or 0) <= now:
            return Reading(meter, 0, held, meter.kind.ends_at(now))
        return Reading(meter, int(used or 0), held, int(ends_at or 0))

    def reset(self, meters: Sequence[Meter]) -> None:
        """Raises the errors of Redis: the operator who resets has to know."""
        self._memory.reset(meters)
        if meters:
            self._blocking.delete(*map(_used_key, meters))

    async def close(self) -> None:
        """For tests and commands: in a server the store lives as long as the process."""
        self._closed.set()
        self._blocking.close()
        if self._loop is not None:
            await self._redis.aclose()
            self._loop = None

    def _now(self) -> int:
        return int(self._clock())

    def _connect(self) -> None:
        """Connections belong to an event loop, of which tests have several."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        self._redis = open_client(self._url, Retry(NoBackoff(), 1, RETRIED))
        self._take = self._redis.register_script(TAKE)
        self._adjust = self._redis.register_script(ADJUST)

    def _degrade(self, error: BaseException) -> None:
        if not self.is_degraded:
            self._outage.begins(error)
            threading.Thread(target=self._recover, name="limits", daemon=True).start()

    def _recover(self) -> None:
        """In a thread: callers may have no event loop, and should not wait."""
        while not self._closed.wait(RETRY_S):
            try:
                self._blocking.ping()
            except ERRORS:
                continue
            self._memory.clear()
            self._outage.is_over()
            return


def _used_key(meter: Meter) -> str:
    return f"ragws:limits:{meter.key}"


def _held_key(meter: Meter) -> str:
    return f"ragws:limits:{meter.key}:held"


def _keys(meters: Sequence[Meter]) -> list[str]:
    return [key for meter in meters for key in (_used_key(meter), _held_key(meter))]


def _take_arguments(meters: Sequence[Meter], lease_id: str, now: int) -> list[Any]:
    arguments: list[Any] = [now, lease_id, LEASE_S]
    for meter in meters:
        kind, check_only = meter.kind, int(meter.check_only)
        arguments += meter.limit, meter.amount, check_only, int(kind.leased), kind.ends_at(now)
    return arguments


def _adjust_arguments(
    adjustments: Sequence[Adjustment], lease_id: str, now: int
) -> tuple[list[str], list[Any]]:
    arguments: list[Any] = [now, lease_id]
    for meter, used in adjustments:
        arguments += used, meter.kind.ends_at(now)
    return _keys([meter for meter, _ in adjustments]), arguments


def _readings(meters: Sequence[Meter], shown: Sequence[int], now: int) -> list[Reading]:
    full, *numbers = shown
    if full:
        raise limit_reached(Reading(meters[full - 1], *numbers), now)
    threes = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    return [Reading(meter, *three) for meter, three in zip(meters, threes, strict=True)]
