"""Limits in Redis: shared by processes, and during an outage of Redis."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from accounts.errors import LimitReached
from accounts.limits.kinds import QUESTIONS, SOCKETS, Meter, Party
from accounts.limits.redis_store import RedisStore
from accounts.limits.store import LEASE_S, LeaseRecord
from core.redis_clients import TIMEOUT_S
from tests.support.clock import Clock
from tests.support.redis_server import RedisServer

ALICE = Party("TOKEN", "token:a11ce", "API token")
TWO_QUESTIONS = Meter(QUESTIONS, ALICE, 2)
PATIENCE_S = 10


async def is_back(store: RedisStore) -> None:
    async with asyncio.timeout(PATIENCE_S):
        # A thread tries to reconnect, which sets no event of this loop.
        while store.is_degraded:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_two_processes_count_together(empty_redis: RedisServer, clock: Clock) -> None:
    here, there = RedisStore(empty_redis.url, clock), RedisStore(empty_redis.url, clock)
    socket = Meter(SOCKETS, ALICE, 1)
    await here.take([TWO_QUESTIONS, socket], "here")
    with pytest.raises(LimitReached):
        await there.take([socket], "there")
    await there.take([TWO_QUESTIONS])
    with pytest.raises(LimitReached):
        await here.take([TWO_QUESTIONS])
    clock.advance(LEASE_S)
    await there.take([TWO_QUESTIONS, socket], "there")
    await here.close()
    await there.close()


async def test_every_key_expires(empty_redis: RedisServer, clock: Clock) -> None:
    store = RedisStore(empty_redis.url, clock)
    await store.take([TWO_QUESTIONS, Meter(SOCKETS, ALICE, 1)], "here")
    await store.renew([LeaseRecord("there", [Meter(SOCKETS, ALICE, 1)])])
    left = [store._blocking.ttl(key) for key in store._blocking.keys("*")]
    assert len(left) == 2
    assert all(0 < seconds <= LEASE_S for seconds in left)
    await store.close()


async def test_redis_goes_away_and_comes_back(
    redis: RedisServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "outage")
    store = RedisStore(redis.url, clock)
    await store.take([TWO_QUESTIONS])
    redis.stop()
    for _ in range(2):
        await store.take([TWO_QUESTIONS])
    with pytest.raises(LimitReached):
        store.take_sync([TWO_QUESTIONS])
    assert store.read([TWO_QUESTIONS])[0].used == 2
    await store.renew([LeaseRecord("held", [Meter(SOCKETS, ALICE, 1)])])
    assert ["out of reach" in record.getMessage() for record in caplog.records] == [True]
    redis.start()
    await is_back(store)
    assert ["back" in record.getMessage() for record in caplog.records] == [False, True]
    await store.take([TWO_QUESTIONS])
    assert store.read([TWO_QUESTIONS])[0].used == 1
    await store.close()


async def test_a_frozen_redis_delays_neither_the_loop_nor_other_checks(
    redis: RedisServer, clock: Clock
) -> None:
    store = RedisStore(redis.url, clock)
    await store.take([TWO_QUESTIONS])
    redis.freeze()
    waiting = asyncio.create_task(store.take([TWO_QUESTIONS]))
    turns_of_others = 0
    while not waiting.done():
        await asyncio.sleep(0)
        turns_of_others += 1
    assert turns_of_others > 100
    began = time.monotonic()
    await store.take([TWO_QUESTIONS])
    store.take_sync([Meter(QUESTIONS, ALICE, 9)])
    assert time.monotonic() - began < TIMEOUT_S, "one wait is enough for all"
    redis.thaw()
    await is_back(store)
    await store.close()


async def test_ten_thousand_leases_are_renewed(empty_redis: RedisServer, clock: Clock) -> None:
    sockets = Meter(SOCKETS, ALICE, 20_000)
    store = RedisStore(empty_redis.url, clock)
    await store.renew([LeaseRecord(str(number), [sockets]) for number in range(10_000)])
    assert store.read([sockets])[0].held == 10_000
    await store.close()
