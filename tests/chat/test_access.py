"""The rows that ids in a frame stand for. Ids of other users: see also `tests/security`."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from chat.models import Dialog, Message
from tests.chat.conftest import Connect
from tests.support.communicator import whole_text
from tests.support.scripted_engine import ScriptedEngine
from tests.support.seed import belongings
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

LISTS = ("kb_ids", "doc_ids", "files")


@pytest.fixture
def bobs(world: World) -> dict[str, str]:
    """One row of each kind, by the field of a frame that could name it."""
    return belongings(world.bob.user)


@pytest.mark.parametrize("field", LISTS)
async def test_one_foreign_id_in_a_list_refuses_the_question(
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


async def test_a_session_is_found_in_its_own_dialog_only(
    alice: Connect, world: World, engine: ScriptedEngine
) -> None:
    own = await sync_to_async(belongings)(world.alice.user)
    async with alice() as socket:
        await socket.ask("Who?", session_id=own["session_id"])
        assert (await socket.frame())["message"] == "There is no such session"


async def test_the_id_of_a_question_is_not_the_id_of_an_answer(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.end()
    async with alice() as socket:
        await socket.ask("Who?")
        answer_id = (await socket.until_the_end())[-1]["id"]
        question_id = await sync_to_async(question_of)(answer_id)
        for kind in ("stop", "resume", "regenerate", "feedback"):
            await socket.send(type=kind, id=question_id)
            assert (await socket.frame())["message"] == "There is no such answer"


async def test_a_request_id_does_not_find_the_answer_of_another_user(
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
        # In a dialog of his own, the same request_id is a new one.
        await make_scripted(bobs["chat_id"])
        engine.say("Bob")
        engine.end()
        await stranger.ask("Who?", request_id="r1", chat_id=bobs["chat_id"])
        assert whole_text(await stranger.until_the_end()) == "Bob"


@pytest.mark.parametrize("field", ["chat_id", "session_id"])
@pytest.mark.parametrize("id", [7, [], {}, True])
async def test_an_id_must_be_a_string(alice: Connect, field: str, id: object) -> None:
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
def make_scripted(chat_id: str) -> None:
    Dialog.objects.filter(pk=chat_id).update(engine="scripted")
