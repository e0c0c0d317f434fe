"""Asks the demo every question of `demo/questions.json`, as a newcomer would."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chat.models import Dialog
from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from knowledge.search.warm_up import warm_up
from ragws.quickstart import HANDBOOK, LIBRARY, handbook_files, library_files
from tests.support.communicator import connected, whole_text
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PATH = Path(settings.BASE_DIR) / "demo" / "questions.json"


@dataclass(frozen=True)
class Question:
    """One entry. `after` are questions that were asked before it in the same conversation."""

    dialog: str
    language: str
    kind: str
    question: str
    after: list[str] = field(default_factory=list)
    contains: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    # The document that is cited first; empty: none may be cited.
    source: str = ""


QUESTIONS = [Question(**entry) for entry in json.loads(PATH.read_text())]


@pytest.fixture
def dialogs(world: World) -> dict[str, str]:
    """The ids of the demo's dialogs, as quickstart makes them."""
    # As quickstart does: otherwise the first answer waits until the encoder and the dictionary are
    # loaded.
    warm_up()
    return {
        "library": dialog_of(world, LIBRARY, library_files()),
        "handbook": dialog_of(world, HANDBOOK, handbook_files()),
    }


def dialog_of(world: World, demo: Any, files: list[Path]) -> str:
    owner = world.alice.user
    base = KnowledgeBase.objects.create(owner=owner, name=demo.knowledge_base)
    for path in files:
        assert ingest(base, path.name, path.read_bytes()).status == "ready"
    # As a worker does it, a moment after the documents are read.
    while write_some_vectors():
        pass
    dialog = Dialog.objects.create(owner=owner, name=demo.dialog, opener=demo.opener)
    dialog.knowledge_bases.add(base)
    return dialog.pk.hex


def test_there_are_questions_in_both_languages() -> None:
    languages = Counter(question.language for question in QUESTIONS)
    assert len(QUESTIONS) >= 40
    assert min(languages["en"], languages["zh"]) >= len(QUESTIONS) * 0.4


def test_every_starter_is_among_the_questions() -> None:
    asked = {question.question for question in QUESTIONS}
    assert asked >= {*LIBRARY.starters, *HANDBOOK.starters}


async def test_every_question_is_answered_well(world: World, dialogs: dict[str, str]) -> None:
    """In one test: the documents are read once."""
    problems = []
    for question in QUESTIONS:
        async with connected(world.alice, dialogs[question.dialog]) as socket:
            session: dict[str, str] = {}
            for text in [*question.after, question.question]:
                await socket.ask(text, events=True, **session)
                *frames, end = await socket.until_the_end()
                session = {"session_id": end["session_id"]}
        problems += problems_of(question, frames)
    assert not problems, "\n".join(problems)


def problems_of(question: Question, frames: list[Any]) -> list[str]:
    texts = [frame for frame in frames if "answer" in frame["data"]]
    answer = whole_text(texts)
    sources = texts[-1]["data"]["reference"].get("chunks", [])
    cited = answer.partition("[ID:")[2].partition("]")[0]
    source = sources[int(cited)]["document_name"] if cited else ""
    plain = answer.casefold()
    found = [
        *(f"lacks {part!r}" for part in question.contains if part.casefold() not in plain),
        *(f"has {part!r}" for part in question.lacks if part.casefold() in plain),
        *([] if source == question.source else [f"cites {source!r}, not {question.source!r}"]),
        *([] if answer else ["is empty"]),
    ]
    return [f"{question.dialog}: {question.question}: {problem}: {answer}" for problem in found]
