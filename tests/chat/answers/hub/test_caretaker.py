"""The answers of lost processes are saved and settled by whoever is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from django.utils import timezone
from redis.asyncio import Redis

from chat.answers.abandoned import ABANDONED_AFTER_S, SILENT_AFTER_S
from chat.answers.caretaker import settle_lost_hub
from chat.answers.hub import Hub
from chat.live.answer import LiveAnswer
from chat.live.redis_keys import hub_key
from chat.live.redis_store import RedisStore
from chat.models import Message
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def theirs(redis: RedisServer, pending: Message) -> RedisStore:
    """What a process kept in Redis of the pending answer before it was lost."""
    store = RedisStore(redis.url, 0.001, "theirs")
    assert await store.is_reachable()
    live = LiveAnswer(pending.pk.hex, pending.session_id.hex)
    store.begin(live)
    store.write(live, "RAGFlow")
    await store.flush(live)
    await store.close()
    async with Redis.from_url(redis.url) as client:
        await client.delete(hub_key("theirs"))
    await be_silent(pending, SILENT_AFTER_S + 1)
    return store


@pytest.fixture
async def ours(redis: RedisServer) -> AsyncIterator[Hub]:
    store = RedisStore(redis.url, 0.001, "ours")
    yield Hub("ours", store)
    await store.close()


async def be_silent(answer: Message, seconds: float) -> None:
    written_at = timezone.now() - timedelta(seconds=seconds)
    await Message.objects.filter(pk=answer.pk).aupdate(hub="theirs", written_at=written_at)


async def test_it_works(ours: Hub, theirs: RedisStore, pending: Message) -> None:
    assert await ours.store.lost_hubs() == ["theirs"]
    await settle_lost_hub("theirs", ours)
    await pending.arefresh_from_db()
    assert (pending.content, pending.status) == ("RAGFlow", "pending")
    assert await ours.store.lost_hubs() == ["theirs"]

    await be_silent(pending, ABANDONED_AFTER_S + 1)
    await settle_lost_hub("theirs", ours)
    await pending.arefresh_from_db()
    assert (pending.content, pending.status) == ("RAGFlow", "interrupted")
    assert await ours.store.lost_hubs() == []


async def test_it_leaves_the_answers_of_others_alone(
    ours: Hub, theirs: RedisStore, pending: Message
) -> None:
    await be_silent(pending, ABANDONED_AFTER_S + 1)
    await settle_lost_hub("somebody else", ours)
    await pending.arefresh_from_db()
    assert pending.status == "pending"
