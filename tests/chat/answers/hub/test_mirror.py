"""Mirrors of answers that another process writes, updated from what it saves in the database."""

from __future__ import annotations

import asyncio
import gc
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from chat.answers import interrupted_answers, pieces, records
from chat.answers import mirror as mirror_module
from chat.answers.hub import Hub
from chat.answers.mirror import mirror
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.models import ChatSession, Message
from core.errors import Conflict
from tests.support.drafts import draft, finished

pytestmark = pytest.mark.django_db(transaction=True)

REFERENCE = {"total": 0, "chunks": [], "doc_aggs": []}


@pytest.fixture(autouse=True)
def poll_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "STORE_POLL_S", 0.001)
    monkeypatch.setattr(mirror_module, "RECORD_POLL_S", 0)


@pytest.fixture
async def theirs(pending: Message) -> Message:
    """Written by a hub that is not ours."""
    return await write_down(pending, "RAG")


@sync_to_async
def write_down(answer: Message, text: str, reasoning: str = "") -> Message:
    Message.objects.filter(pk=answer.pk).update(hub="theirs")
    records.checkpoint([draft(answer, text, reasoning, REFERENCE)])
    row = Message.objects.select_related("question").get(pk=answer.pk)
    pieces.fill_in([row])
    return row


@sync_to_async
def finish(answer: Message, text: str) -> Message:
    records.finish(finished(answer, text, ""), Outcome(Status.COMPLETE, REFERENCE))
    return Message.objects.select_related("question").get(pk=answer.pk)


async def until_text(live: LiveAnswer, text: str) -> None:
    async with asyncio.timeout(5):
        async for _ in live.read():
            if str(live.text) == text:
                return


async def ended(live: LiveAnswer) -> Outcome:
    async with asyncio.timeout(5):
        async for _ in live.read():
            pass
    assert live.outcome
    return live.outcome


async def until_no_mirror_is_updated() -> None:
    async with asyncio.timeout(5):
        while updating := set(mirror_module._tasks):
            await asyncio.wait(updating)


async def test_a_mirror_grows_and_ends_with_its_record(theirs: Message, hub: Hub) -> None:
    live = await mirror(theirs, hub)
    assert (live.id, str(live.text), live.question) == (theirs.pk.hex, "RAG", "What?")
    await write_down(theirs, "RAGFlow", "Hmm")
    await until_text(live, "RAGFlow")
    assert str(live.reasoning) == "Hmm"
    await finish(theirs, "RAGFlow.")
    outcome = await ended(live)
    assert (str(live.text), outcome.status) == ("RAGFlow.", Status.COMPLETE)
    assert outcome.reference == REFERENCE
    await until_no_mirror_is_updated()


async def test_all_readers_share_one_mirror(theirs: Message, hub: Hub) -> None:
    first, second = await mirror(theirs, hub), await mirror(theirs, hub)
    assert first is second
    assert len(mirror_module._tasks) == 1
    await finish(theirs, "RAGFlow")
    await ended(first)
    await until_no_mirror_is_updated()


async def test_the_mirror_of_an_ended_answer_is_not_updated(theirs: Message, hub: Hub) -> None:
    live = await mirror(await finish(theirs, "RAGFlow"), hub)
    assert live.outcome
    assert str(live.text) == "RAGFlow"
    assert not mirror_module._tasks


async def test_a_mirror_ends_with_its_last_reference(theirs: Message, hub: Hub) -> None:
    live = await mirror(theirs, hub)
    await until_text(live, "RAG")
    del live
    gc.collect()
    await until_no_mirror_is_updated()
    assert (await Message.objects.aget(pk=theirs.pk)).status == "pending"


async def test_an_answer_whose_writer_is_lost_is_interrupted(theirs: Message, hub: Hub) -> None:
    live = await mirror(theirs, hub)
    long_ago = timezone.now() - timedelta(seconds=interrupted_answers.ABANDONED_AFTER_S + 1)
    await Message.objects.filter(pk=theirs.pk).aupdate(written_at=long_ago)
    outcome = await ended(live)
    assert (str(live.text), outcome.status) == ("RAG", Status.INTERRUPTED)
    assert outcome.error
    assert outcome.error.code == 503
    await until_no_mirror_is_updated()


class Failing:
    """A database that is locked for so many reads."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.read_progress = interrupted_answers.read_progress

    def __call__(self, *arguments: Any) -> interrupted_answers.Progress | Message:
        if self.left:
            self.left -= 1
            raise OperationalError("database is locked")
        return self.read_progress(*arguments)


async def test_a_record_that_cannot_be_read_once_is_read_again(
    theirs: Message, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        interrupted_answers, "read_progress", Failing(mirror_module.RECORD_ATTEMPTS - 1)
    )
    live = await mirror(theirs, hub)
    await finish(theirs, "RAGFlow")
    outcome = await ended(live)
    assert (str(live.text), outcome.status) == ("RAGFlow", Status.COMPLETE)
    await until_no_mirror_is_updated()


async def test_a_record_that_can_never_be_read_ends_the_mirror_and_not_the_answer(
    theirs: Message, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        interrupted_answers, "read_progress", Failing(mirror_module.RECORD_ATTEMPTS)
    )
    live = await mirror(theirs, hub)
    outcome = await ended(live)
    assert outcome.error
    assert outcome.error.code == 503
    await until_no_mirror_is_updated()
    monkeypatch.undo()
    again = await mirror(await finish(theirs, "RAGFlow"), hub)
    assert str(again.text) == "RAGFlow"


async def test_an_answer_that_is_deleted_ends_as_stopped(theirs: Message, hub: Hub) -> None:
    live = await mirror(theirs, hub)
    await ChatSession.objects.filter(pk=theirs.session_id).adelete()
    assert (await ended(live)).status is Status.STOPPED
    await until_no_mirror_is_updated()


async def test_text_that_only_a_mirror_has_is_saved(
    theirs: Message, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was lost, and Redis with the end of the text."""
    live = await mirror(theirs, hub)
    live.write("Flow")
    long_ago = timezone.now() - timedelta(seconds=interrupted_answers.ABANDONED_AFTER_S + 1)
    await Message.objects.filter(pk=theirs.pk).aupdate(written_at=long_ago)
    outcome = await ended(live)
    saved = await Message.objects.aget(pk=theirs.pk)
    assert (saved.content, saved.status, outcome.status) == (
        "RAGFlow",
        "interrupted",
        "interrupted",
    )
    await until_no_mirror_is_updated()


async def test_a_mirror_waits_for_an_offset_that_its_record_has_not_reached(
    theirs: Message, hub: Hub
) -> None:
    waiting = asyncio.create_task(mirror(theirs, hub, offset=7))
    await write_down(theirs, "RAGFl")
    await asyncio.sleep(0)
    assert not waiting.done()
    await write_down(theirs, "RAGFlow is")
    async with asyncio.timeout(5):
        live = await waiting
    assert live.text.since(7) == " is"


async def test_an_offset_that_was_never_reached_is_refused_while_the_writer_lives(
    theirs: Message, hub: Hub
) -> None:
    waiting = asyncio.create_task(mirror(theirs, hub, reasoning_offset=1))
    for number in range(mirror_module.SAVES_TO_BE_SURE):
        assert not waiting.done()
        await write_down(theirs, "RAG" + number * "!")
        await until_save_is_noticed(theirs, number + 1)
    async with asyncio.timeout(5):
        live = await waiting
    assert live.outcome is None
    with pytest.raises(Conflict, match="beyond"):
        live.reasoning.since(1)


async def test_an_offset_is_waited_for_no_longer_than_the_answer_lasts(
    theirs: Message, hub: Hub
) -> None:
    waiting = asyncio.create_task(mirror(theirs, hub, offset=100))
    await finish(theirs, "RAGFlow")
    async with asyncio.timeout(5):
        live = await waiting
    assert live.outcome


async def until_save_is_noticed(answer: Message, saves: int) -> None:
    async with asyncio.timeout(5):
        while True:
            live = mirror_module._mirrors.get(answer.pk.hex)
            if live and live.saves >= saves:
                return
            del live
            await asyncio.sleep(0.001)
