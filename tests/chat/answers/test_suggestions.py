"""Suggestions: questions to ask next, which the documents can answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from chat.answers import generation, suggestions
from chat.answers.suggested_questions import definitions_asked, question_about
from chat.answers.suggestions import suggest
from chat.models import Message
from chat.questions.language import has_chinese
from knowledge.embedding.encoder import encode
from knowledge.ingestion import ingest
from tests.support.communicator import Socket, connected, whole_text
from tests.support.world import World

DEMO = Path(settings.BASE_DIR) / "demo"


@pytest.mark.parametrize(
    ("heading", "text", "question"),
    [
        ("Eclipses", "At an eclipse the Moon is dark.", "Tell me about eclipses"),
        ("Linear B", "Linear B was deciphered.", "Tell me about Linear B"),
        ("The Rosetta Stone", "The Rosetta Stone is old.", "Tell me about the Rosetta Stone"),
        ("2.1 Spokes", "The spokes are tight.", "Tell me about spokes"),
        ("Tea comes to Europe", "Tea came to Europe.", "Tell me about “Tea comes to Europe”"),
        ("How hot should tea be", "Tea should be hot.", "How hot should tea be?"),
        ("Where things are", "Things are here.", "Tell me where things are"),
        ("Why stars twinkle", "Stars twinkle in the air.", "Tell me why stars twinkle"),
        ("What is a ticket?", "A ticket is good once.", "What is a ticket?"),
        ("Can I change my order?", "You can change an order.", "Can I change my order?"),
        ("云雀 K3 手册", "云雀 K3 的手册。", "介绍一下云雀 K3 手册"),
        (
            "Install the server",
            "To install it, run pip on a server.",
            "How do I install the server?",
        ),
        ("赵州桥", "赵州桥是李春造的。", "介绍一下赵州桥"),
        ("二、月亮有多远", "月亮很远。", "月亮有多远？"),
        ("为什么石头适合造拱", "石头适合造拱。", "为什么石头适合造拱？"),
        # It needs what is around it, is no heading, or the text below speaks of something else.
        ("How long, how much", "How long and how much.", None),
        ("What is in it", "It has caffeine in it.", None),
        ("Oddities", "Saturn is less dense than water.", None),
        ("page 3", "This is page 3.", None),
        ("`make run`", "Run make.", None),
        ("X" * 61, "X" * 61, None),
        ("缝", "缝", None),
        ("", "", None),
    ],
)
def test_a_heading_becomes_a_question(heading: str, text: str, question: str | None) -> None:
    assert question_about(heading, text) == question


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("A light year is the distance of a year.", ["What is a light year?"]),
        ("Matcha is a powder. We whisk matcha.", ["What is matcha?"]),
        ("It is a powder. This is the one. He is an actor.", []),
        ("The largest is the best of all.", []),
        ("荧惑是火星，颜色发红。", []),
        ("形声字是一边表意一边表音的字。", ["形声字是什么？"]),
        ("赵州桥是李春造的。它是一座桥。这是一座桥。", []),
    ],
)
def test_what_is_defined_is_asked_for(text: str, questions: Sequence[str]) -> None:
    assert list(definitions_asked(text)) == questions


@pytest.fixture
def library(transactional_db: None, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suggestions take the time they need."""
    monkeypatch.setattr(suggestions, "BUDGET_S", 60)
    monkeypatch.setattr(generation, "SUGGESTIONS_TIMEOUT_S", 60)
    # Loads the encoder, which the first to ask would wait for.
    encode(["tea"])
    for path in sorted(DEMO.glob("*/*.md")):
        ingest(world.knowledge_base, path.name, path.read_bytes())


async def asked(socket: Socket, question: str, **fields: object) -> tuple[str, list[str]]:
    """The answer and its suggestions."""
    await socket.ask(question, **fields)
    *frames, end = await socket.until_the_end()
    texts = [frame for frame in frames if "answer" in frame["data"]]
    return whole_text(texts), end.get("suggestions", [])


@pytest.mark.django_db(transaction=True)
class TestAsking:
    @pytest.mark.parametrize(
        "question",
        [
            "How hot should the water for green tea be?",
            "Who deciphered Linear B?",
            "Why does a moving bicycle stay up?",
            "泡绿茶的水温多少合适？",
            "赵州桥是谁主持建造的？",
            "活字印刷是谁发明的？",
        ],
    )
    async def test_each_suggestion_is_answered_with_a_source(
        self, world: World, library: None, question: str
    ) -> None:
        async with connected(world.alice, world.dialog.pk.hex) as socket:
            answer, suggested = await asked(socket, question, events=True)
            assert 1 <= len(suggested) <= 3
            for suggestion in suggested:
                assert has_chinese(suggestion) == has_chinese(question)
                other, _ = await asked(socket, suggestion)
                assert "[ID:" in other, suggestion
                assert other != answer

    @pytest.mark.parametrize(
        "question",
        [
            "Who won the Cricket World Cup in 1996?",
            "Who painted the Mona Lisa?",
            "What does a new saddle cost?",
            "高考化学满分是多少分？",
            "线形文字B是谁破译的？",
            "绿茶多少钱一斤？",
        ],
    )
    async def test_a_refusal_suggests_what_the_documents_answer_instead(
        self, world: World, library: None, question: str
    ) -> None:
        async with connected(world.alice, world.dialog.pk.hex) as socket:
            refusal, suggested = await asked(socket, question, events=True)
            assert "[ID:" not in refusal
            assert 1 <= len(suggested) <= 3
            for suggestion in suggested:
                assert has_chinese(suggestion) == has_chinese(question)
                assert "[ID:" in (await asked(socket, suggestion))[0], suggestion

    async def test_small_talk_suggests_nothing(self, world: World, library: None) -> None:
        async with connected(world.alice, world.dialog.pk.hex) as socket:
            assert (await asked(socket, "thank you!", events=True))[1] == []

    async def test_only_those_who_asked_for_events_cost_and_get_suggestions(
        self, world: World, library: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[object] = []

        def counted(*values: Any) -> list[str]:
            calls.append(values)
            return suggest(*values)

        monkeypatch.setattr(generation, "suggest", counted)
        async with connected(world.alice, world.dialog.pk.hex) as socket:
            assert (await asked(socket, "Who deciphered Linear B?"))[1] == []
            assert calls == []
            assert (await asked(socket, "Who deciphered Linear B?", events=True))[1] != []
            assert len(calls) == 1
        saved = Message.objects.filter(role="assistant").values_list("suggestions", flat=True)
        first, second = await sync_to_async(lambda: list(saved))()
        assert not first
        assert second

    async def test_what_was_asked_before_is_not_suggested(
        self, world: World, library: None
    ) -> None:
        async with connected(world.alice, world.dialog.pk.hex) as socket:
            await socket.ask("Who deciphered Linear B?", events=True)
            end = (await socket.until_the_end())[-1]
            known = {"Who deciphered Linear B?"}
            for _ in range(3):
                suggestion = end["suggestions"][0]
                assert suggestion not in known
                known.add(suggestion)
                await socket.ask(suggestion, session_id=end["session_id"], events=True)
                end = (await socket.until_the_end())[-1]

    async def test_a_failure_leaves_the_answer_as_it_is(
        self,
        world: World,
        library: None,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("out of order")

        monkeypatch.setattr(generation, "suggest", fail)
        async with connected(world.alice, world.dialog.pk.hex) as socket:
            answer, suggested = await asked(socket, "Who deciphered Linear B?", events=True)
        assert "Ventris" in answer
        assert suggested == []
        assert "out of order" in caplog.text
