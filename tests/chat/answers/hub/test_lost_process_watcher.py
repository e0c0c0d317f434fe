"""Another process saves and settles the answers of a lost one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from django.utils import timezone
from redis.asyncio import Redis

from chat.answers.hub import Hub
from chat.answers.interrupted_answers import ABANDONED_AFTER_S, SILENT_AFTER_S
from chat.answers.lost_process_watcher import recover_answers_of
from chat.live.answer import LiveAnswer
from chat.live.redis_keys import hub_key
from chat.live.redis_store import RedisStore
from chat.models import Message
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def theirs(redis: RedisServer, pending: Message) -> RedisStore:
    """The store of a process that was lost after it stored text of the pending answer."""
    store = RedisStore(redis.url, 0.001, "theirs")
    assert await store.is_reachable()
    live = LiveAnswer(pending.pk.hex, pending.session_id.hex)
    store.begin(live)
    store.write(live, "RAGFlow")
    await store.flush(live)
    await store.close()
    async with Redis.from_url(redis.url) as client:
        await client.delete(hub_key("theirs"))
    await make_silent(pending, SILENT_AFTER_S + 1)
    return store


@pytest.fixture
async def ours(redis: RedisServer) -> AsyncIterator[Hub]:
    store = RedisStore(redis.url, 0.001, "ours")
    yield Hub("ours", store)
    await store.close()


async def make_silent(answer: Message, seconds: float) -> None:
    written_at = timezone.now() - timedelta(seconds=seconds)
    await Message.objects.filter(pk=answer.pk).aupdate(hub="theirs", written_at=written_at)


async def test_stored_text_is_saved_first_and_the_answer_settled_later(
    ours: Hub, theirs: RedisStore, pending: Message
) -> None:
    assert await ours.store.lost_hubs() == ["theirs"]
    await recover_answers_of("theirs", ours)
    await pending.arefresh_from_db()
    assert (pending.content, pending.status) == ("RAGFlow", "pending")
    assert await ours.store.lost_hubs() == ["theirs"]

    await make_silent(pending, ABANDONED_AFTER_S + 1)
    await recover_answers_of("theirs", ours)
    await pending.arefresh_from_db()
    assert (pending.content, pending.status) == ("RAGFlow", "interrupted")
    assert await ours.store.lost_hubs() == []


async def test_answers_of_other_hubs_are_left_alone(
    ours: Hub, theirs: RedisStore, pending: Message
) -> None:
    await make_silent(pending, ABANDONED_AFTER_S + 1)
    await recover_answers_of("another hub", ours)
    await pending.arefresh_from_db()
    assert pending.status == "pending"
