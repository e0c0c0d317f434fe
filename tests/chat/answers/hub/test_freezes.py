"""A process that stood still finds out whether its answers are still its own."""

from __future__ import annotations

import pytest

from chat.answers.ownership import FROZEN_S
from chat.answers.turn import Turn
from chat.live.answer import LiveAnswer, Status
from chat.models import Message
from tests.support.clock import Clock
from tests.support.live_answers import (
    ended,
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
    clock: Clock, rag: tuple[Turn, LiveAnswer], engine: ScriptedEngine
) -> None:
    turn, live = rag
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
    clock: Clock, rag: tuple[Turn, LiveAnswer], engine: ScriptedEngine
) -> None:
    _, live = rag
    clock.advance(FROZEN_S + 1)
    engine.say("Flow")
    engine.end()
    assert await ended(live) == "RAGFlow"
    assert live.outcome
    assert live.outcome.status is Status.COMPLETE


async def test_after_a_freeze_a_database_that_is_away_holds_nothing_up(
    clock: Clock,
    rag: tuple[Turn, LiveAnswer],
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, live = rag
    watch_checkpoints(monkeypatch, failing=99)
    clock.advance(FROZEN_S + 1)
    engine.say("Flow")
    engine.end()
    assert await ended(live) == "RAGFlow"
