"""With a model that completes questions, what it made of a question is what is searched."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from chat.engines.base import Prompt, Rewritten, Usage
from chat.models import Dialog, Message
from knowledge.embedding.encoder import encode
from knowledge.ingestion import ingest
from tests.chat.conftest import Connect
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import World

LIGHTHOUSE = "The lighthouse of Kastri was built in 1884 by the engineer Eleni Markou."
BUS = "The bus to Livadia leaves the square every hour. A ticket costs two euros."
COMPLETE = "How much is a ticket of the bus to Livadia?"


class CompletingEngine(ScriptedEngine):
    """Makes the same of every question."""

    def __init__(self, complete: str) -> None:
        super().__init__()
        self.complete = complete
        self.rewritten: list[Prompt] = []

    async def rewrite(self, prompt: Prompt) -> Rewritten:
        self.rewritten.append(prompt)
        return Rewritten(self.complete, Usage(7, 3))


@pytest.fixture
async def completing(
    monkeypatch: pytest.MonkeyPatch, world: World, dialog: Dialog
) -> CompletingEngine:
    engine = CompletingEngine(COMPLETE)
    monkeypatch.setattr("chat.answers.generation.get_engine", {"scripted": engine}.__getitem__)

    @sync_to_async
    def read() -> None:
        # Loads the encoder, which the first follow-up would wait for.
        encode([COMPLETE])
        ingest(world.knowledge_base, "lighthouse.md", LIGHTHOUSE.encode())
        ingest(world.knowledge_base, "bus.md", BUS.encode())
        dialog.knowledge_bases.add(world.knowledge_base)

    await read()
    return engine


async def converse(alice: Connect, engine: CompletingEngine) -> None:
    """A question about the lighthouse, and one that hangs on another subject."""
    async with alice() as socket:
        engine.say("Eleni Markou [ID:0].")
        engine.end()
        await socket.ask("Who built the lighthouse of Kastri?")
        session_id = (await socket.until_the_end())[-1]["session_id"]
        engine.say("Two euros [ID:0].")
        engine.end()
        await socket.ask("and how much is that?", session_id=session_id)
        await socket.until_the_end()


async def test_the_completed_question_is_searched_and_kept(
    alice: Connect, completing: CompletingEngine
) -> None:
    await converse(alice, completing)
    first, second = completing.prompts
    assert first.passages[0].title == "lighthouse.md"
    assert second.passages[0].title == "bus.md"
    # The model answers what was asked; only the search has it completed.
    assert second.question == "and how much is that?"
    [asked] = completing.rewritten
    assert asked.history[0].question == "Who built the lighthouse of Kastri?"
    answers = Message.objects.filter(role="assistant").order_by("created_at")
    assert [answer.searched_question async for answer in answers] == ["", COMPLETE]


@pytest.mark.parametrize("reason", ["switched off", "nothing made"])
async def test_without_a_completed_question_the_passages_before_are_kept(
    alice: Connect, completing: CompletingEngine, dialog: Dialog, reason: str
) -> None:
    if reason == "switched off":
        await Dialog.objects.filter(pk=dialog.pk).aupdate(rewrites_questions=False)
    else:
        completing.complete = ""
    await converse(alice, completing)
    assert completing.prompts[1].passages[0].title == "lighthouse.md"
    assert len(completing.rewritten) == (reason == "nothing made")
