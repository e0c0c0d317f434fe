"""OWASP's Top 10 for LLM Applications, the edition of 2026, as far as no other test covers it.

`docs/security-standards.md` has all ten, and `test_table.py` checks that it names all of these.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from chat.engines.base import Delta, Engine, Event, Exchange, Prompt
from chat.engines.openai.engine import OpenAIEngine
from chat.models import Attachment, Dialog
from knowledge.models import Chunk, Document
from tests.support.engine_prompts import ask, collect_events
from tests.support.fakes.model_server import ModelServer
from tests.support.rest_client import client_of, data_of
from tests.support.world import World

Use = Callable[[Engine], None]
# "Obey", in tags that no page shows.
UNSEEN = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
# All fields that a request to a model has.
REQUEST_FIELDS = {"model", "messages", "stream", "stream_options"}


@pytest.fixture
def use(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Makes an engine answer alice's dialog."""

    def by(engine: Engine) -> None:
        settings.ENGINES = {
            **settings.ENGINES,
            "fake": {"BACKEND": "chat.engines.openai.engine.OpenAIEngine"},
        }
        monkeypatch.setattr("chat.answers.generation.get_engine", {"fake": engine}.__getitem__)
        Dialog.objects.filter(pk=world.dialog.pk).update(engine="fake")

    return by


def terminal(*arguments: str) -> tuple[str, str]:
    """Runs `manage.py ask`; returns its stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    call_command("ask", *arguments, user="alice", stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def session_of(said: tuple[str, str]) -> str:
    return said[1].split()[-1]


class RecordingEngine:
    """Records its prompts, and answers with invisible characters."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        self.prompts.append(prompt)
        yield Delta(f"Yes.{UNSEEN}")


@pytest.mark.django_db(transaction=True)
def test_llm01_a_model_reads_no_invisible_text(world: World, use: Use) -> None:
    """Neither in a question nor in the history."""
    model = RecordingEngine()
    use(model)
    session = session_of(terminal(f"Who?{UNSEEN}"))
    terminal(f"Why?{UNSEEN}", f"--session={session}")
    first, second = model.prompts
    assert (first.question, second.question) == ("Who?", "Why?")
    assert second.history == (Exchange("Who?", "Yes."),)


async def test_llm03_a_model_has_no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with ModelServer() as server:
        engine = OpenAIEngine(server.key, server.base_url, "fake-1", timeout_s=5)
        _, failure = await collect_events(engine, ask())
        assert failure is None
        (request,) = server.requests
    assert set(request.body) == REQUEST_FIELDS
    assert {message["role"] for message in request.body["messages"]} <= {"system", "user"}


@pytest.mark.parametrize("name", ["tools", "tool_choice", "functions", "extra_body", "n"])
def test_llm03_a_dialog_cannot_add_tools(world: World, name: str) -> None:
    world.dialog.model_settings = {name: []}
    with pytest.raises(Exception, match="is not a model setting"):
        world.dialog.full_clean()


def test_llm04_every_dependency_has_an_upper_bound() -> None:
    """And none of them runs models."""
    lines = (Path(django_settings.BASE_DIR) / "requirements.txt").read_text().splitlines()
    wanted = [line.split(";")[0].strip() for line in lines if line and not line.startswith("#")]
    assert len(wanted) > 10
    for requirement in wanted:
        name, _, bounds = requirement.partition(">=")
        assert ",<" in bounds, requirement
        assert name not in ("litellm", "torch", "transformers", "langchain")


def test_llm05_a_file_of_a_question_enters_no_knowledge_base(world: World) -> None:
    """Only staff and commands add to a knowledge base."""
    file = SimpleUploadedFile("facts.md", b"# Facts\n\nThe moon is made of cheese.")
    data_of(client_of(world.alice).post("/api/v1/files", {"file": file}), 201)
    assert Attachment.objects.count() == 1
    assert not Document.objects.exists()
    assert not Chunk.objects.exists()


class EscapeSequenceEngine:
    """Answers with control sequences that colour, rename and clear a terminal."""

    async def answer(self, _: Prompt) -> AsyncGenerator[Event, None]:
        for piece in ("\x1b]0;owned", "\x07Red: \x1b", "[31m", "\x9b2J", "\ttab\r\n", "end"):
            yield Delta(piece)


@pytest.mark.django_db(transaction=True)
def test_llm10_an_answer_cannot_control_a_terminal(world: World, use: Use) -> None:
    use(EscapeSequenceEngine())
    said, _ = terminal("Who?")
    assert said.strip() == "]0;ownedRed: [31m2J\ttab\nend"
