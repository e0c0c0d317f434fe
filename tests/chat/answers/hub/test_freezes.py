"""A process that stood still finds out whether its answers are still its own."""

from __future__ import annotations

from typing import Any

import pytest

from chat.answers.hub import Hub
from chat.answers.ownership import FROZEN_S
from chat.live.answer import Status
from chat.models import Message
from tests.support.clock import Clock
from tests.support.live_answers import (
    OpenOne,
    ended,
    until_text,
    watch_checkpoints,
)
from tests.support.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("chat.answers.ownership.now", clock)
    return clock


async def test_after_a_freeze_nothing_is_shown_of_an_answer_that_was_ended_meanwhile(
    clock: Clock, hub: Hub, open_one: OpenOne, engine: ScriptedEngine, settings: Any
) -> None:
    settings.CHECKPOINT_S = 0.001
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAG")
    await until_text(live, "RAG")
    await Message.objects.filter(pk=turn.answer_id).aupdate(
        status="interrupted", content="RAG", error_code=503, error="Lost"
    )
    clock.advance(FROZEN_S + 1)
    engine.say("Flow")
    engine.end()
    assert await ended(live) == "RAG"
    assert live.outcome
    assert live.outcome.status is Status.INTERRUPTED


async def test_after_a_freeze_an_answer_that_is_still_ours_goes_on(
    clock: Clock, hub: Hub, open_one: OpenOne, engine: ScriptedEngine, settings: Any
) -> None:
    settings.CHECKPOINT_S = 0.001
    live = hub.start(await open_one())
    engine.say("RAG")
    await until_text(live, "RAG")
    clock.advance(FROZEN_S + 1)
    engine.say("Flow")
    engine.end()
    assert await ended(live) == "RAGFlow"
    assert live.outcome
    assert live.outcome.status is Status.COMPLETE


async def test_after_a_freeze_a_database_that_is_away_holds_nothing_up(
    clock: Clock,
    hub: Hub,
    open_one: OpenOne,
    engine: ScriptedEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CHECKPOINT_S = 0.001
    live = hub.start(await open_one())
    engine.say("RAG")
    await until_text(live, "RAG")
    watch_checkpoints(monkeypatch, failing=99)
    clock.advance(FROZEN_S + 1)
    engine.say("Flow")
    engine.end()
    assert await ended(live) == "RAGFlow"
