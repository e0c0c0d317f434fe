"""Live answers in a real Redis: stored first, shown second, whatever happens to Redis."""

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


async def until_reachable(store: RedisStore) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await store.is_reachable():  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.01)


async def test_text_is_stored_before_it_is_shown(
    store: RedisStore, client: redis.asyncio.Redis
) -> None:
    answer = new_answer(store)
    seen = []

    async def read() -> None:
        async for progress in answer.read():
            stored = str(await client.get(text_key(answer.id)))
            seen.append(progress.text)
            assert stored.startswith("".join(seen))

    reading = asyncio.create_task(read())
    for number in range(50):
        store.write(answer, f"{number}é帝 ")
        await asyncio.sleep(0)
    await store.flush(answer)
    answer.end(Outcome(Status.COMPLETE))
    await store.end(answer)
    await reading
    assert "".join(seen) == "".join(f"{number}é帝 " for number in range(50))
    assert 0 < await client.ttl(text_key(answer.id)) <= 600


async def test_another_process_reads_it_from_any_offset(
    store: RedisStore, elsewhere: RedisStore
) -> None:
    answer = new_answer(store)
    store.write_reasoning(answer, "Hm")
    store.write(answer, "帝洛斯")
    await store.flush(answer)
    stored = await elsewhere.read(answer.id, 3, 1)
    assert stored == ("洛斯", "m", False)
    assert await store.watched_elsewhere() == {answer.id}
    await store.end(answer)
    assert await elsewhere.read(answer.id, 9, 2) == ("", "", True)
    assert elsewhere.read_whole_sync(answer.id) == ("帝洛斯", "Hm", True)


async def test_another_process_requests_a_stop(store: RedisStore, elsewhere: RedisStore) -> None:
    answer, other = new_answer(store), new_answer(store)
    await elsewhere.request_stop(answer.id)
    assert await store.stop_requests() == [answer.id]
    await store.end(answer)
    await store.end(other)
    assert await store.stop_requests() == []


async def test_redis_loses_its_memory_between_two_flushes(
    store: RedisStore, client: redis.asyncio.Redis
) -> None:
    answer = new_answer(store)
    store.write_reasoning(answer, "Hm")
    store.write(answer, "Megalo ")
    await store.flush(answer)
    await client.flushall()
    store.write(answer, "Chorio")
    await store.flush(answer)
    assert await client.get(text_key(answer.id)) == "Megalo Chorio"
    assert await client.get(reasoning_key(answer.id)) == "Hm"


async def test_a_heartbeat_notices_that_redis_has_lost_its_memory(
    store: RedisStore, client: redis.asyncio.Redis
) -> None:
    answer, whole = new_answer(store), new_answer(store)
    store.write(answer, "Megalo ")
    store.write_reasoning(answer, "Hm")
    store.write(whole, "Livadia")
    await store.flush(answer)
    await store.flush(whole)
    assert await store.is_reachable()
    await client.delete(hub_key("ours"), text_key(answer.id), reasoning_key(answer.id))
    await client.append(text_key(whole.id), "!")
    assert await store.is_reachable()
    assert await client.get(text_key(answer.id)) == "Megalo "
    assert await client.get(reasoning_key(answer.id)) == "Hm"
    assert await client.get(text_key(whole.id)) == "Livadia!", "it was not sent again"


async def test_a_fenced_answer_is_neither_stored_nor_shown_any_further(
    store: RedisStore, elsewhere: RedisStore, client: redis.asyncio.Redis
) -> None:
    fenced: list[str] = []
    answer = LiveAnswer(uuid4().hex, uuid4().hex)
    store.begin(answer, lambda: fenced.append(answer.id))
    store.write(answer, "Megalo ")
    await store.flush(answer)
    assert await elsewhere.is_reachable()
    elsewhere.fence_sync(answer.id)
    for text in ("Chorio", " is"):
        store.write(answer, text)
        await store.flush(answer)
    assert str(answer.text) == await client.get(text_key(answer.id)) == "Megalo "
    assert fenced == [answer.id]


async def test_a_fence_keeps_a_redis_that_lost_its_memory_from_being_filled_again(
    store: RedisStore, client: redis.asyncio.Redis
) -> None:
    answer = new_answer(store)
    store.write(answer, "Megalo ")
    await store.flush(answer)
    await client.flushall()
    store.fence_sync(answer.id)
    store.write(answer, "Chorio")
    await store.flush(answer)
    assert await client.get(text_key(answer.id)) is None
    assert str(answer.text) == "Megalo "
    store.unfence_sync(answer.id)
    assert await store.is_reachable()


async def test_answers_go_on_without_redis_and_are_stored_when_it_is_back(
    store: RedisStore, elsewhere: RedisStore, redis: RedisServer
) -> None:
    answer = new_answer(store)
    store.write(answer, "one ")
    await store.flush(answer)
    redis.stop()
    store.write(answer, "two ")
    await store.flush(answer)
    assert str(answer.text) == "one two "
    assert not await store.is_reachable()
    assert await store.stop_requests() == []
    assert await elsewhere.read(answer.id, 0, 0) is None
    assert elsewhere.read_whole_sync(answer.id) is None
    redis.start()
    await until_reachable(store)
    await until_reachable(elsewhere)
    store.write(answer, "three")
    await store.flush(answer)
    assert await elsewhere.read(answer.id, 4, 0) == ("two three", "", False)


async def test_a_frozen_redis_delays_answers_only_briefly(
    store: RedisStore, redis: RedisServer
) -> None:
    answer = new_answer(store)
    store.write(answer, "one ")
    await store.flush(answer)
    redis.freeze()
    try:
        async with asyncio.timeout(3):
            store.write(answer, "two ")
            await store.flush(answer)
    finally:
        redis.thaw()
    await until_reachable(store)
    assert store.read_whole_sync(answer.id) == ("one two ", "", True)


async def test_a_heartbeat_shows_that_a_hub_is_alive(
    store: RedisStore, elsewhere: RedisStore, client: redis.asyncio.Redis
) -> None:
    assert not elsewhere.is_hub_alive_sync("ours")
    assert await store.is_reachable()
    assert elsewhere.is_hub_alive_sync("ours")
    assert 0 < await client.ttl(hub_key("ours")) <= 5


async def test_a_lost_hub_is_known_until_it_is_forgotten(
    store: RedisStore, elsewhere: RedisStore, client: redis.asyncio.Redis
) -> None:
    assert await store.is_reachable()
    assert await elsewhere.is_reachable()
    assert await store.lost_hubs() == []
    await elsewhere.close()
    await client.delete(hub_key("theirs"), hub_key("ours"))
    assert await store.lost_hubs() == ["theirs"]
    await client.flushall()
    assert await store.lost_hubs() == ["theirs"], "Redis may forget, we do not"
    await store.forget_hub("theirs")
    assert await store.lost_hubs() == []


async def test_nothing_is_known_of_other_hubs_while_redis_is_away(
    store: RedisStore, elsewhere: RedisStore, redis: RedisServer
) -> None:
    assert await elsewhere.is_reachable()
    assert await store.lost_hubs() == []
    redis.stop()
    assert await store.lost_hubs() == []
    assert store.is_hub_alive_sync("theirs") is None
    assert store.read_whole_sync("0" * 32) is None
