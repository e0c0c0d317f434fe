"""Two users never see each other's rows: a test for every id a socket's frame can carry."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.models import ChatSession, Dialog, Message
from ids import new_id
from tests.chat.conftest import Connect
from tests.chat.rest import NO_IDS
from tests.chat.scripted import ScriptedEngine
from tests.chat.sockets import whole_text
from tests.seed import belongings
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

# What a frame names, and how: the field, the rest of the frame, the word for it.
NAMED = [
    ("chat_id", {"question": "Who?"}, "dialog"),
    ("session_id", {"question": "Who?"}, "session"),
    ("kb_ids", {"question": "Who?"}, "knowledge base"),
    ("doc_ids", {"question": "Who?"}, "document"),
    ("files", {"question": "Who?"}, "file"),
    ("id", {"type": "stop"}, "answer"),
    ("id", {"type": "resume"}, "answer"),
    ("session_id", {"type": "resume"}, "session"),
    ("session_id", {"type": "follow"}, "session"),
    ("id", {"type": "regenerate"}, "answer"),
    ("id", {"type": "feedback", "rating": "up"}, "answer"),
]
LISTS = ("kb_ids", "doc_ids", "files")


@pytest.fixture
def bobs(world: World) -> dict[str, str]:
    """One row of everything, by the name of the field that could name it."""
    return belongings(world.bob.user)


def frame_with(field: str, rest: dict[str, Any], id: str, own_chat_id: str) -> dict[str, Any]:
    own = {"chat_id": own_chat_id} if "question" in rest else {}
    return {**own, **rest, field: [id] if field in LISTS else id}


@pytest.mark.parametrize(("field", "rest", "word"), NAMED)
async def test_somebody_elses_id_is_as_unknown_as_one_that_is_none(
    alice: Connect,
    bobs: dict[str, str],
    engine: ScriptedEngine,
    dialog: Any,
    field: str,
    rest: dict[str, Any],
    word: str,
) -> None:
    before = await everything()
    async with alice() as socket:
        for id in (bobs[field], new_id().hex, *NO_IDS):
            await socket.send(**frame_with(field, rest, id, dialog.pk.hex))
            refusal = await socket.frame()
            assert (refusal["code"], refusal["message"]) == (404, f"There is no such {word}")
        assert await socket.is_silent()
    assert engine.prompts == []
    assert await everything() == before


@pytest.mark.parametrize("field", LISTS)
async def test_one_that_is_not_the_callers_spoils_the_others(
    alice: Connect, bobs: dict[str, str], world: World, engine: ScriptedEngine, field: str
) -> None:
    own = await sync_to_async(belongings)(world.alice.user)
    async with alice() as socket:
        await socket.ask("Who?", **{field: [own[field], bobs[field]]})
        assert (await socket.frame())["code"] == 404
        engine.say("Me")
        engine.end()
        await socket.ask("Who?", **{field: [own[field]]})
        assert whole_text(await socket.until_the_end()) == "Me"


async def test_a_session_belongs_to_its_dialog(
    alice: Connect, world: World, engine: ScriptedEngine
) -> None:
    own = await sync_to_async(belongings)(world.alice.user)
    async with alice() as socket:
        await socket.ask("Who?", session_id=own["session_id"])
        assert (await socket.frame())["message"] == "There is no such session"


async def test_the_id_of_a_question_is_no_answer(alice: Connect, engine: ScriptedEngine) -> None:
    engine.end()
    async with alice() as socket:
        await socket.ask("Who?")
        answer_id = (await socket.until_the_end())[-1]["id"]
        question_id = await sync_to_async(question_of)(answer_id)
        for kind in ("stop", "resume", "regenerate", "feedback"):
            await socket.send(type=kind, id=question_id)
            assert (await socket.frame())["message"] == "There is no such answer"


async def test_a_request_id_stands_for_nobody_elses_answer(
    alice: Connect, bob: Connect, world: World, bobs: dict[str, str], engine: ScriptedEngine
) -> None:
    async with alice() as socket, bob() as stranger:
        await socket.ask("Who?", request_id="r1")
        engine.say("Alice")
        assert await socket.text() == "Alice"
        await stranger.send(type="stop", request_id="r1")
        unknown = await stranger.frame()
        await stranger.send(type="stop", request_id="never used")
        assert (await stranger.frame())["message"] == unknown["message"]
        assert unknown["code"] == 404
        engine.end()
        await socket.until_the_end()
        # In a dialog of his own the same request is a new one.
        await make_scripted(bobs["chat_id"])
        engine.say("Bob")
        engine.end()
        await stranger.ask("Who?", request_id="r1", chat_id=bobs["chat_id"])
        assert whole_text(await stranger.until_the_end()) == "Bob"


@pytest.mark.parametrize("field", ["chat_id", "session_id"])
@pytest.mark.parametrize("id", [7, [], {}, True])
async def test_an_id_is_a_string(alice: Connect, field: str, id: object) -> None:
    async with alice() as socket:
        await socket.ask("Who?", **{field: id})
        refusal = await socket.frame()
        assert refusal["code"] == 400
        assert f"`{field}`" in refusal["message"]


def question_of(answer_id: str) -> str:
    question = Message.objects.get(pk=answer_id).question
    assert question
    return question.pk.hex


@sync_to_async
def everything() -> tuple[int, int, list[Any]]:
    judged = Message.objects.values_list("status", "rating", "content")
    return ChatSession.objects.count(), Message.objects.count(), list(judged)


@sync_to_async
def make_scripted(chat_id: str) -> None:
    Dialog.objects.filter(pk=chat_id).update(engine="scripted")
