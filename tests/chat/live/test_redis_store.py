"""Live answers in a real Redis: stored first, shown second, whatever becomes of Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis.asyncio

from chat.live.answer import LiveAnswer, Outcome, Status
from chat.live.redis_keys import hub_key, reasoning_key, text_key
from chat.live.redis_store import RedisStore
from tests.support.redis_server import RedisServer

PATIENCE_S = 10


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[RedisStore]:
    store = RedisStore(redis.url, 0.001, "ours")
    yield store
    await store.close()


@pytest.fixture
async def elsewhere(redis: RedisServer) -> AsyncIterator[RedisStore]:
    store = RedisStore(redis.url, 0.001, "theirs")
    yield store
    await store.close()


@pytest.fixture
async def client(redis: RedisServer, store: RedisStore) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis_client(redis.url)
    yield client
    await client.aclose()


def redis_client(url: str) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(url, decode_responses=True)


def new_answer(store: RedisStore) -> LiveAnswer:
    answer = LiveAnswer(uuid4().hex, uuid4().hex)
    store.begin(answer)
    return answer


async def until(store: RedisStore, is_well: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await store.check() is not is_well:  # noqa: ASYNC110 - nothing but asking tells
            await asyncio.sleep(0.01)


async def test_stored_before_it_is_shown(store: RedisStore, client: redis.asyncio.Redis) -> None:
    answer = new_answer(store)
    seen = []

    async def follow() -> None:
        async for progress in answer.follow():
            kept = str(await client.get(text_key(answer.id)))
            seen.append(progress.text)
            assert kept.startswith("".join(seen))

    following = asyncio.create_task(follow())
    for number in range(50):
        store.write(answer, f"{number}é帝 ")
        await asyncio.sleep(0)
    await store.settle(answer)
    answer.end(Outcome(Status.COMPLETE))
    await store.end(answer)
    await following
    assert "".join(seen) == "".join(f"{number}é帝 " for number in range(50))
    assert 0 < await client.ttl(text_key(answer.id)) <= 600


async def test_read_elsewhere_from_any_offset(store: RedisStore, elsewhere: RedisStore) -> None:
    answer = new_answer(store)
    store.think(answer, "Hm")
    store.write(answer, "帝洛斯")
    await store.settle(answer)
    kept = await elsewhere.since(answer.id, 3, 1)
    assert kept == ("洛斯", "m", False)
    assert await store.watched_elsewhere() == {answer.id}
    await store.end(answer)
    assert await elsewhere.since(answer.id, 9, 2) == ("", "", True)
    assert elsewhere.rescue(answer.id) == ("帝洛斯", "Hm", True)


async def test_stopped_from_elsewhere(store: RedisStore, elsewhere: RedisStore) -> None:
    answer, other = new_answer(store), new_answer(store)
    await elsewhere.ask_to_stop(answer.id)
    assert await store.asked_to_stop() == [answer.id]
    await store.end(answer)
    await store.end(other)
    assert await store.asked_to_stop() == []


async def test_a_memory_lost_between_two_flushes(
    store: RedisStore, client: redis.asyncio.Redis
) -> None:
    answer = new_answer(store)
    store.think(answer, "Hm")
    store.write(answer, "Megalo ")
    await store.settle(answer)
    await client.flushall()
    store.write(answer, "Chorio")
    await store.settle(answer)
    assert await client.get(text_key(answer.id)) == "Megalo Chorio"
    assert await client.get(reasoning_key(answer.id)) == "Hm"


async def test_goes_on_without_redis_and_recovers(
    store: RedisStore, elsewhere: RedisStore, redis: RedisServer
) -> None:
    answer = new_answer(store)
    store.write(answer, "one ")
    await store.settle(answer)
    redis.stop()
    store.write(answer, "two ")
    await store.settle(answer)
    assert str(answer.text) == "one two "
    assert not await store.check()
    assert await store.asked_to_stop() == []
    assert await elsewhere.since(answer.id, 0, 0) is None
    assert elsewhere.rescue(answer.id) is None
    redis.start()
    await until(store, True)
    await until(elsewhere, True)
    store.write(answer, "three")
    await store.settle(answer)
    assert await elsewhere.since(answer.id, 4, 0) == ("two three", "", False)


async def test_a_frozen_redis_holds_nobody_up_for_long(
    store: RedisStore, redis: RedisServer
) -> None:
    answer = new_answer(store)
    store.write(answer, "one ")
    await store.settle(answer)
    redis.freeze()
    try:
        async with asyncio.timeout(3):
            store.write(answer, "two ")
            await store.settle(answer)
    finally:
        redis.thaw()
    await until(store, True)
    assert store.rescue(answer.id) == ("one two ", "", True)


async def test_says_that_it_is_there(
    store: RedisStore, elsewhere: RedisStore, client: redis.asyncio.Redis
) -> None:
    assert not elsewhere.is_running("ours")
    assert await store.check()
    assert elsewhere.is_running("ours")
    assert 0 < await client.ttl(hub_key("ours")) <= 5


async def test_knows_who_is_lost_until_they_are_forgotten(
    store: RedisStore, elsewhere: RedisStore, client: redis.asyncio.Redis
) -> None:
    assert await store.check()
    assert await elsewhere.check()
    assert await store.lost_hubs() == []
    await elsewhere.close()
    await client.delete(hub_key("theirs"), hub_key("ours"))
    assert await store.lost_hubs() == ["theirs"]
    await client.flushall()
    assert await store.lost_hubs() == ["theirs"], "Redis may forget, we do not"
    await store.forget_hub("theirs")
    assert await store.lost_hubs() == []


async def test_knows_of_nobody_while_redis_is_away(
    store: RedisStore, elsewhere: RedisStore, redis: RedisServer
) -> None:
    assert await elsewhere.check()
    assert await store.lost_hubs() == []
    redis.stop()
    assert await store.lost_hubs() == []
    assert store.is_running("theirs") is None
    assert store.rescue("0" * 32) is None
