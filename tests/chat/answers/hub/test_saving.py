"""What is saved of an answer while it is written, and at its end, whatever fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat.answers import records, saving
from chat.answers.hub import Hub
from chat.engines.base import Delta, Usage
from chat.live.answer import Status
from chat.models import AnswerPiece
from tests.support.live_answers import (
    OpenOne,
    ended,
    fail_to_finish,
    saved,
    until_text,
    watch_checkpoints,
)
from tests.support.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.django_db(transaction=True)


async def test_text_is_saved_while_it_is_written(
    hub: Hub,
    open_one: OpenOne,
    engine: ScriptedEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CHECKPOINT_S = 0.001
    drafts_saved = watch_checkpoints(monkeypatch)
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAG")
    await until_text(live, "RAG")
    while not (draft := await asyncio.wait_for(drafts_saved.get(), 5)).pieces:
        pass
    assert [(piece.start, piece.text) for piece in draft.pieces] == [(0, "RAG")]
    answer = await saved(turn.answer_id)
    assert (answer.content, answer.status) == ("RAG", "pending")
    # The reference is there before the end: it is known from the start.
    assert answer.reference == {"total": 0, "chunks": [], "doc_aggs": []}


async def test_pieces_are_deleted_after_the_end(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, settings: Any
) -> None:
    settings.CHECKPOINT_S = 0.001
    live = hub.start(await open_one())
    engine.say("RAG")
    while not await AnswerPiece.objects.aexists():
        pass
    engine.end()
    assert await ended(live) == "RAG"
    await hub.drain(0)
    assert not await AnswerPiece.objects.aexists()


@pytest.mark.parametrize("tokens", [-1, 2**31 + 1, 2**70, 1.5, True])
async def test_usage_that_is_no_count_is_not_believed(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, tokens: Any
) -> None:
    turn = await open_one()
    live = hub.start(turn)
    engine.emit(Delta("RAGFlow"), Usage(prompt_tokens=tokens, completion_tokens=1))
    engine.end()
    await ended(live)
    answer = await saved(turn.answer_id)
    assert (answer.status, answer.content, answer.usage) == ("complete", "RAGFlow", {})


async def test_the_largest_usage_is_recorded(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    turn = await open_one()
    live = hub.start(turn)
    engine.emit(Usage(prompt_tokens=2**31, completion_tokens=0))
    engine.end()
    await ended(live)
    assert (await saved(turn.answer_id)).usage["total_tokens"] == 2**31


async def test_a_failed_checkpoint_is_repeated(
    hub: Hub,
    open_one: OpenOne,
    engine: ScriptedEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.CHECKPOINT_S = 0.001
    drafts_saved = watch_checkpoints(monkeypatch, failing=1)
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAG")
    await until_text(live, "RAG")
    draft = await asyncio.wait_for(drafts_saved.get(), 5)
    assert [piece.text for piece in draft.pieces] == ["RAG"]
    assert draft.reference is not None
    assert "A checkpoint could not be saved" in caplog.text


async def test_an_ending_that_cannot_be_saved_is_tried_again(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = fail_to_finish(monkeypatch, times=2)
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAGFlow")
    engine.end()
    assert await ended(live) == "RAGFlow"
    assert len(tries) == 3
    answer = await saved(turn.answer_id)
    assert (answer.content, answer.status) == ("RAGFlow", "complete")


async def test_an_ending_that_can_never_be_saved_ends_as_an_error_of_ours(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = fail_to_finish(monkeypatch, times=99)
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAGFlow")
    engine.end()
    assert await ended(live) == "RAGFlow"
    assert len(tries) == saving.SAVE_ATTEMPTS
    assert live.outcome
    assert live.outcome.status is Status.FAILED
    assert live.outcome.error
    assert live.outcome.error.code == 503
    assert live.id not in hub


async def test_an_answer_is_saved_before_it_ends_for_its_readers(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = await open_one()
    live = hub.start(turn)
    had_ended: list[bool] = []
    finish = records.finish

    def watched(*arguments: Any) -> records.Recorded:
        had_ended.append(live.outcome is not None)
        return finish(*arguments)

    monkeypatch.setattr(records, "finish", watched)
    engine.end()
    await ended(live)
    assert had_ended == [False]
