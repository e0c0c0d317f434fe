"""Questions to a chat, in the text so far (up to release 0.24) and in pieces (since 0.25)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.engines.base import Delta, EngineFailed
from chat.models import ChatSession, Dialog
from tests.support.http_requests import request
from tests.support.ragflow_api import NEW, OLD, RAGFlowAPI
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import Person, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


async def events_of(person: Person, path: str, **body: Any) -> list[Any]:
    headers = {"authorization": f"Bearer {person.token}", "content-type": "application/json"}
    reply = await request("POST", f"/{path}", headers, body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    blocks = [block.removeprefix("data:") for block in reply.text.split("\n\n")]
    return [json.loads(block) for block in blocks if block and not block.startswith(":")]


async def test_pieces_and_then_the_reference(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    paths: dict[str, dict[str, Any]] = {
        f"{NEW}/api/v1/chats/{dialog.pk.hex}/completions": {"question": "How tall?"},
        f"{NEW}/api/v1/chat/completions": {
            "chat_id": dialog.pk.hex,
            "messages": [{"role": "user", "content": "How tall?"}],
        },
    }
    for path, body in paths.items():
        engine.emit(Delta("Two "), Delta("metres."))
        engine.end()
        *chunks, final, last = await events_of(world.alice, path, **body)
        assert "".join(chunk["data"]["answer"] for chunk in chunks) == "Two metres."
        assert {chunk["data"]["final"] for chunk in chunks} == {False}
        assert (final["data"]["final"], final["data"]["answer"]) == (True, "")
        assert (last["code"], last["data"]) == (0, True)


async def test_a_whole_answer(dialog: Dialog, world: World, engine: ScriptedEngine) -> None:
    for prefix in (OLD, NEW):
        engine.emit(Delta("Two metres."))
        engine.end()
        api = RAGFlowAPI(world.alice, prefix)
        path = f"chats/{dialog.pk.hex}"
        session = await api.data("POST", f"{path}/sessions", {"name": "About height"})
        body = {"question": "How tall?", "stream": False, "session_id": session["id"]}
        data = await api.data("POST", f"{path}/completions", body)
        assert (data["answer"], data["session_id"]) == ("Two metres.", session["id"])
        assert {"reference", "audio_binary", "id"} <= set(data)


async def test_what_is_refused(dialog: Dialog, world: World) -> None:
    old, new = RAGFlowAPI(world.alice, OLD), RAGFlowAPI(world.alice, NEW)
    path = f"chats/{dialog.pk.hex}/completions"
    asked: dict[str, Any] = {"question": "Hm?", "stream": False}
    for body, sentence in (
        ({**asked, "session_id": "nonsense"}, "You don't own the session"),
        ({**asked, "metadata_condition": "invalid"}, "metadata_condition must be an object."),
        ({**asked, "metadata_condition": {"conditions": [1]}}, "`metadata_condition`"),
    ):
        code, message = await old.refusal("POST", path, body)
        assert (code, sentence in message) == (102, True)
    code, message = await old.refusal("POST", "chats/nonsense/completions", asked)
    assert (code, message) == (102, "You don't own the chat nonsense")

    address = "chat/completions"
    asked["chat_id"] = dialog.pk.hex
    answers = "assistant"
    for body, code, message in (
        ({"question": "Hm?"}, 101, "required argument are missing: chat_id; "),
        ({"chat_id": dialog.pk.hex}, 101, "required argument are missing: messages; "),
        ({**asked, "chat_id": "nonsense"}, 109, "no authorization"),
        ({**asked, "session_id": "nonsense"}, 102, "Session not found!"),
        (
            {"chat_id": dialog.pk.hex, "messages": [{"role": answers, "content": "Hm."}]},
            *(102, "The last message must be from user."),
        ),
    ):
        assert await new.refusal("POST", address, body) == (code, message)
    bob = RAGFlowAPI(world.bob, NEW)
    assert await bob.refusal("POST", address, asked) == (109, "no authorization")
    assert not await ChatSession.objects.aexists()


async def test_an_error_is_told_as_text(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    engine.fail(EngineFailed("The model is tired"))
    path = f"{NEW}/api/v1/chats/{dialog.pk.hex}/completions"
    *_, error, last = await events_of(world.alice, path, question="How tall?")
    assert (error["code"], error["data"]["answer"]) == (500, "**ERROR**: The model is tired")
    assert last["data"] is True
