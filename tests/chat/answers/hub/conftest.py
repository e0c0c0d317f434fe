"""Hubs of the test's own, with an engine that follows a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.identity import Identity
from chat.answers.hub import Hub
from chat.answers.requests import Ask
from chat.answers.turn import Turn
from chat.answers.turn_opening import open_turn
from chat.live.answer import LiveAnswer
from chat.live.store import MemoryStore
from chat.models import ChatSession, Dialog, Message
from tests.support.live_answers import OpenOne, until_text
from tests.support.scripted_engine import BACKEND, ScriptedEngine
from tests.support.world import World


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, settings: Any) -> ScriptedEngine:
    engine = ScriptedEngine()
    settings.ENGINES = {
        **settings.ENGINES,
        "scripted": {"BACKEND": BACKEND},
    }
    monkeypatch.setattr("chat.answers.generation.get_engine", {"scripted": engine}.__getitem__)
    return engine


@pytest.fixture
def dialog(world: World, engine: ScriptedEngine) -> Dialog:
    return Dialog.objects.create(owner=world.alice.user, name="Scripted", engine="scripted")


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub("tested", MemoryStore())
    yield hub
    await hub.drain(0)
    assert len(hub) == 0


@pytest.fixture
def open_one(world: World, dialog: Dialog, hub: Hub) -> Callable[[], Any]:
    """Opens a turn: saves a question and a pending answer."""

    @sync_to_async
    def save_question() -> Turn:
        ask = Ask(chat_id=dialog.pk.hex, question="What is RAGFlow?")
        turn = open_turn(Identity(world.alice.user, "shell"), ask, hub)
        assert isinstance(turn, Turn)
        return turn

    return save_question


@pytest.fixture
async def rag(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, settings: Any
) -> tuple[Turn, LiveAnswer]:
    """A turn whose answer has said "RAG" so far, and is saved all the time."""
    settings.CHECKPOINT_S = 0.001
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAG")
    await until_text(live, "RAG")
    return turn, live


@pytest.fixture
def pending(dialog: Dialog) -> Message:
    """An answer that is being written, as the database knows it."""
    session = ChatSession.objects.create(dialog=dialog, user=dialog.owner, name="What?")
    question = Message.objects.create(session=session, role="user", content="What?")
    return Message.objects.create(
        session=session, role="assistant", status="pending", question=question
    )
