"""Both stores of limits, in memory and in Redis: allowed, refused, allowed again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts.errors import LimitReached
from accounts.limits.kinds import ANSWERS, FAILURES, MODEL_TOKENS, QUESTIONS, SOCKETS, Meter, Party
from accounts.limits.store import (
    HELD_RETRY_S,
    LEASE_S,
    RENEW_EVERY_S,
    Adjustment,
    LeaseRecord,
    Store,
)
from tests.support.clock import TO_MIDNIGHT_S, Clock

ALICE = Party("TOKEN", "token:a11ce", "API token")
BOB = Party("TOKEN", "token:b0b", "API token")

THREE_QUESTIONS = Meter(QUESTIONS, ALICE, 3)
TWO_ANSWERS = Meter(ANSWERS, ALICE, 2)
# 100 of them are set aside for each answer.
TOKENS = Meter(MODEL_TOKENS, ALICE, 250, 100)


async def refusal(store: Store, *meters: Meter, lease: str = "another") -> Any:
    with pytest.raises(LimitReached) as refused:
        await store.take(meters, lease)
    return refused.value


async def taken(store: Store, *meters: Meter, lease: str = "") -> tuple[int, int, int]:
    """Take them, and return used, held and left of the last one."""
    await store.take(meters, lease)
    [reading] = store.read(meters[-1:])
    return reading.used, reading.held, reading.left


async def test_a_rate_is_limited_by_the_minute(store: Store, clock: Clock) -> None:
    assert await taken(store, THREE_QUESTIONS) == (1, 0, 2)
    clock.advance(20)
    await taken(store, THREE_QUESTIONS)
    assert await taken(store, THREE_QUESTIONS) == (3, 0, 0)
    refused = await refusal(store, THREE_QUESTIONS)
    assert str(refused) == "At most 3 questions a minute for this API token"
    assert (refused.code, refused.details) == (429, {"retry_after": 40})
    clock.advance(39)
    assert (await refusal(store, THREE_QUESTIONS)).details == {"retry_after": 1}
    clock.advance(1)
    assert await taken(store, THREE_QUESTIONS) == (1, 0, 2)


async def test_each_party_and_kind_is_counted_alone(store: Store) -> None:
    for _ in range(3):
        await store.take([THREE_QUESTIONS])
    await refusal(store, THREE_QUESTIONS)
    assert await taken(store, Meter(QUESTIONS, BOB, 3)) == (1, 0, 2)
    assert await taken(store, Meter(FAILURES, ALICE, 3)) == (1, 0, 2)


async def test_a_number_at_once_is_limited(store: Store) -> None:
    await store.take([TWO_ANSWERS], "first")
    assert await taken(store, TWO_ANSWERS, lease="second") == (0, 2, 0)
    assert (await refusal(store, TWO_ANSWERS)).details == {"retry_after": HELD_RETRY_S}
    await store.adjust([Adjustment(TWO_ANSWERS)], "first")
    assert await taken(store, TWO_ANSWERS, lease="third") == (0, 2, 0)


async def test_leases_of_a_lost_process_expire(store: Store, clock: Clock) -> None:
    await store.take([TWO_ANSWERS], "of the lost one")
    await store.take([TWO_ANSWERS], "of another")
    for _ in range(LEASE_S // RENEW_EVERY_S):
        clock.advance(RENEW_EVERY_S - 1)
        await refusal(store, TWO_ANSWERS)
        await store.renew([LeaseRecord("of another", [TWO_ANSWERS])])
    clock.advance(LEASE_S % (RENEW_EVERY_S - 1))
    assert await taken(store, TWO_ANSWERS, lease="new") == (0, 2, 0)
    await refusal(store, TWO_ANSWERS)


async def test_renewing_restores_leases_that_the_store_has_dropped(store: Store) -> None:
    await store.renew([LeaseRecord(name, [TWO_ANSWERS]) for name in ("first", "second")])
    await refusal(store, TWO_ANSWERS)


async def test_all_is_counted_or_nothing(store: Store) -> None:
    await store.take([TWO_ANSWERS], "first")
    await store.take([TWO_ANSWERS], "second")
    await refusal(store, THREE_QUESTIONS, TOKENS, TWO_ANSWERS)
    readings = store.read([THREE_QUESTIONS, TOKENS, TWO_ANSWERS])
    assert [(reading.used, reading.held) for reading in readings] == [(0, 0), (0, 0), (0, 2)]


async def test_tokens_are_set_aside_and_counted_afterwards(store: Store, clock: Clock) -> None:
    assert await taken(store, TOKENS, lease="first") == (0, 100, 150)
    assert await taken(store, TOKENS, lease="second") == (0, 200, 50)
    assert (await refusal(store, TOKENS)).details == {"retry_after": HELD_RETRY_S}
    await store.adjust([Adjustment(TOKENS, 30)], "first")
    assert await taken(store, TOKENS, lease="third") == (30, 200, 20)
    await store.adjust([Adjustment(TOKENS, 0)], "second")
    await store.adjust([Adjustment(TOKENS, 500)], "third")
    refused = await refusal(store, TOKENS)
    assert str(refused) == "At most 250 tokens of the model a day for this API token"
    assert refused.details == {"retry_after": TO_MIDNIGHT_S}
    clock.advance(TO_MIDNIGHT_S)
    assert await taken(store, TOKENS, lease="next day") == (0, 100, 150)


async def test_tokens_that_a_lost_process_set_aside_come_free(store: Store, clock: Clock) -> None:
    await store.take([TOKENS], "first")
    await store.take([TOKENS], "second")
    await refusal(store, TOKENS)
    clock.advance(LEASE_S)
    assert await taken(store, TOKENS, lease="third") == (0, 100, 150)


async def test_use_is_counted_even_if_its_lease_has_expired(store: Store, clock: Clock) -> None:
    await store.take([TOKENS], "first")
    clock.advance(LEASE_S)
    await store.adjust([Adjustment(TOKENS, 40)], "first")
    assert await taken(store, TOKENS, lease="second") == (40, 100, 110)


async def test_checking_only_counts_nothing(store: Store) -> None:
    checked = Meter(FAILURES, ALICE, 2, check_only=True)
    for _ in range(5):
        await store.take([checked])
    for _ in range(2):
        await store.adjust([Adjustment(checked, 1)])
    assert (await refusal(store, checked)).details == {"retry_after": 60}


async def test_a_counter_never_falls_below_zero(store: Store) -> None:
    await store.take([THREE_QUESTIONS])
    for _ in range(3):
        await store.adjust([Adjustment(THREE_QUESTIONS, -1)])
    assert await taken(store, THREE_QUESTIONS) == (1, 0, 2)


async def test_threads_and_the_event_loop_count_together(store: Store) -> None:
    await store.take([THREE_QUESTIONS])
    [reading] = store.take_sync([THREE_QUESTIONS])
    assert (reading.used, reading.held, reading.left) == (2, 0, 1)
    [reading] = store.take_sync([TWO_ANSWERS], "by a thread")
    assert (reading.used, reading.held, reading.left) == (0, 1, 1)
    store.adjust_sync([Adjustment(THREE_QUESTIONS, 1)])
    await refusal(store, THREE_QUESTIONS)
    with pytest.raises(LimitReached):
        store.take_sync([THREE_QUESTIONS])


async def test_a_reset_forgets_use_and_keeps_leases(store: Store) -> None:
    for _ in range(3):
        await store.take([THREE_QUESTIONS])
    await store.take([TWO_ANSWERS], "first")
    store.reset([THREE_QUESTIONS, TWO_ANSWERS])
    readings = store.read([THREE_QUESTIONS, TWO_ANSWERS])
    assert [(reading.used, reading.held) for reading in readings] == [(0, 0), (0, 1)]
    await store.take([THREE_QUESTIONS])


async def test_racing_tasks_take_no_more_than_the_limit(store: Store) -> None:
    sockets = Meter(SOCKETS, ALICE, 7)

    async def try_it(number: int) -> bool:
        try:
            await store.take([Meter(QUESTIONS, BOB, 100), sockets], str(number))
        except LimitReached:
            return False
        return True

    assert sum(await asyncio.gather(*map(try_it, range(40)))) == 7
    [questions] = store.read([Meter(QUESTIONS, BOB, 100)])
    assert questions.used == 7


async def test_racing_threads_take_no_more_than_the_limit(store: Store) -> None:
    def try_it(_: int) -> bool:
        try:
            store.take_sync([THREE_QUESTIONS])
        except LimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(try_it, range(40))) == 3
