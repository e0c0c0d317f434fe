"""Counters in Redis, shared by all processes. While it is away, each process counts by itself."""

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
from accounts.limits.redis_scripts import CHANGE, TAKE
from accounts.limits.store import LEASE_S, Change, Clock, Lease, Reading, refusal
from core.outage import Outage
from core.redis_clients import ERRORS, RETRY_S, open_blocking_client, open_client

EXTENDED_AT_ONCE = 500

# Once, for connections that broke while nobody looked. Not what took too long: it may have been
# done all the same, and would count twice.
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
        self._take_now = self._blocking.register_script(TAKE)
        self._change_now = self._blocking.register_script(CHANGE)

    @property
    def is_degraded(self) -> bool:
        return self._outage.is_away

    async def take(self, meters: Sequence[Meter], lease: str = "") -> None:
        self._come_to_life()
        if not self.is_degraded:
            now = self._now()
            try:
                shown = await self._take(_keys(meters), _to_take(meters, lease, now))
                _read(meters, shown, now)
                return
            except ERRORS as error:
                self._degrade(error)
        await self._memory.take(meters, lease)

    def take_now(self, meters: Sequence[Meter], lease: str = "") -> list[Reading]:
        if not self.is_degraded:
            now = self._now()
            try:
                shown = self._take_now(_keys(meters), _to_take(meters, lease, now))
                return _read(meters, shown, now)
            except ERRORS as error:
                self._degrade(error)
        return self._memory.take_now(meters, lease)

    async def change(self, changes: Sequence[Change], lease: str = "") -> None:
        self._come_to_life()
        if not self.is_degraded:
            try:
                await self._change(*_to_change(changes, lease, self._now()))
                return
            except ERRORS as error:
                self._degrade(error)
        self._memory.change_now(changes, lease)

    def change_now(self, changes: Sequence[Change], lease: str = "") -> None:
        if not self.is_degraded:
            try:
                self._change_now(*_to_change(changes, lease, self._now()))
                return
            except ERRORS as error:
                self._degrade(error)
        self._memory.change_now(changes, lease)

    async def extend(self, leases: Collection[Lease]) -> None:
        """Some at a time: nobody has to wait for ten thousand. One that ends in this very moment
        may be put back, for as long as a lease lasts."""
        self._come_to_life()
        if self.is_degraded:
            await self._memory.extend(leases)
            return
        left = iter(leases)
        try:
            while some := tuple(islice(left, EXTENDED_AT_ONCE)):
                await self._extend(some)
        except ERRORS as error:
            self._degrade(error)

    async def _extend(self, leases: Sequence[Lease]) -> None:
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

    def look(self, meters: Sequence[Meter]) -> list[Reading]:
        if not self.is_degraded:
            try:
                return [self._look(meter, self._now()) for meter in meters]
            except ERRORS as error:
                self._degrade(error)
        return self._memory.look(meters)

    def _look(self, meter: Meter, now: int) -> Reading:
        used, ends_at = self._blocking.hmget(_used_key(meter), "used", "ends_at")
        held = self._blocking.zcount(_held_key(meter), f"({now}", "+inf") * meter.amount
        if int(ends_at or 0) <= now:
            return Reading(meter, 0, held, meter.kind.ends_at(now))
        return Reading(meter, int(used or 0), held, int(ends_at or 0))

    def reset(self, meters: Sequence[Meter]) -> None:
        """Raises what Redis does: whoever resets wants to know."""
        self._memory.reset(meters)
        if meters:
            self._blocking.delete(*map(_used_key, meters))

    async def close(self) -> None:
        """For tests and commands: a server lives as long as its process."""
        self._closed.set()
        self._blocking.close()
        if self._loop is not None:
            await self._redis.aclose()
            self._loop = None

    def _now(self) -> int:
        return int(self._clock())

    def _come_to_life(self) -> None:
        """Connections belong to a loop: tests have several."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        self._redis = open_client(self._url, Retry(NoBackoff(), 1, RETRIED))
        self._take = self._redis.register_script(TAKE)
        self._change = self._redis.register_script(CHANGE)

    def _degrade(self, error: BaseException) -> None:
        if not self.is_degraded:
            self._outage.begins(error)
            threading.Thread(target=self._recover, name="limits", daemon=True).start()

    def _recover(self) -> None:
        """In a thread, since those who ask may have no event loop, and nobody should wait."""
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


def _to_take(meters: Sequence[Meter], lease: str, now: int) -> list[Any]:
    arguments: list[Any] = [now, lease, LEASE_S]
    for meter in meters:
        kind, look = meter.kind, int(meter.only_look)
        arguments += meter.limit, meter.amount, look, int(kind.leased), kind.ends_at(now)
    return arguments


def _to_change(changes: Sequence[Change], lease: str, now: int) -> tuple[list[str], list[Any]]:
    arguments: list[Any] = [now, lease]
    for meter, used in changes:
        arguments += used, meter.kind.ends_at(now)
    return _keys([meter for meter, _ in changes]), arguments


def _read(meters: Sequence[Meter], shown: Sequence[int], now: int) -> list[Reading]:
    full, *numbers = shown
    if full:
        raise refusal(Reading(meters[full - 1], *numbers), now)
    threes = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    return [Reading(meter, *three) for meter, three in zip(meters, threes, strict=True)]
