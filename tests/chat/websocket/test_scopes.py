"""The scopes and dialogs of a credential are enforced, over the socket and over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from accounts.models import APIToken
from accounts.scopes import ALL_SCOPES, Scope
from chat.engines.base import Usage
from chat.models import ChatSession, Dialog
from knowledge.models import KnowledgeBase
from tests.support.communicator import connected
from tests.support.rest_client import data_of, make_exchange, make_session, refusal_of
from tests.support.scripted_engine import ScriptedEngine
from tests.support.seed import belongings
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)

FRAMES = [
    (Scope.CHAT, {"chat_id": "{chat_id}", "question": "Who?"}),
    (Scope.CHAT, {"type": "stop", "id": "{id}"}),
    (Scope.CHAT, {"type": "switch", "id": "{id}"}),
    (Scope.CHAT, {"type": "feedback", "id": "{id}", "rating": "up"}),
    (Scope.READ, {"type": "resume", "id": "{id}"}),
    (Scope.READ, {"type": "follow", "session_id": "{session_id}"}),
    (Scope.READ, {"type": "notices"}),
]
REQUESTS = [
    (Scope.READ, "get", "/api/v1/chats"),
    (Scope.MANAGE, "put", "/api/v1/chats/{chat_id}"),
    (Scope.READ, "get", "/api/v1/chats/{chat_id}/sessions"),
    (Scope.READ, "get", "/api/v1/chats/{chat_id}/sessions/{session_id}"),
    (Scope.MANAGE, "put", "/api/v1/chats/{chat_id}/sessions/{session_id}"),
    (Scope.MANAGE, "delete", "/api/v1/chats/{chat_id}/sessions"),
    (Scope.CHAT, "post", "/api/v1/files"),
    (Scope.READ, "get", "/api/v1/files"),
]


def bearer(world: World, scopes: frozenset[Scope] = ALL_SCOPES, **rules: Any) -> str:
    restrictions = Restrictions(scopes, **rules)
    return f"Bearer {issue_token(world.alice.user, 'x', restrictions=restrictions).secret}"


def own_ids(dialog: Dialog) -> dict[str, str]:
    session = make_session(dialog)
    answer = make_exchange(session, "Who?", "You.")
    return {"chat_id": dialog.pk.hex, "session_id": session.pk.hex, "id": answer.pk.hex}


@pytest.mark.parametrize(("scope", "frame"), FRAMES)
async def test_a_frame_needs_its_scope(
    world: World, dialog: Dialog, engine: ScriptedEngine, scope: Scope, frame: dict[str, str]
) -> None:
    ids = await sync_to_async(own_ids)(dialog)
    frame = {name: value.format(**ids) for name, value in frame.items()}
    without = await sync_to_async(bearer)(world, ALL_SCOPES - {scope})
    async with connected(world.alice, authorization=without) as socket:
        await socket.send(**frame)
        refused = await socket.frame()
        assert refused["code"] == 403
        assert f"`{scope}`" in refused["message"]
        await socket.send(type="ping")
        assert (await socket.frame())["message"] == "pong"

    engine.say("You.")
    engine.end()
    only = await sync_to_async(bearer)(world, frozenset({scope}))
    async with connected(world.alice, authorization=only) as socket:
        await socket.send(**frame)
        assert (await socket.frame())["code"] == 0


async def test_chat_alone_does_not_get_back_what_was_asked_with_another_token(
    world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    """The answer to it would tell; both scopes are needed."""
    ids = await sync_to_async(own_ids)(dialog)
    for scopes in ({Scope.CHAT}, {Scope.CHAT, Scope.MANAGE}, {Scope.READ, Scope.MANAGE}):
        header = await sync_to_async(bearer)(world, frozenset(scopes))
        async with connected(world.alice, authorization=header) as socket:
            await socket.send(type="regenerate", id=ids["id"])
            assert (await socket.frame())["code"] == 403
    engine.say("You.")
    engine.end()
    both = await sync_to_async(bearer)(world, frozenset({Scope.CHAT, Scope.READ}))
    async with connected(world.alice, authorization=both) as socket:
        await socket.send(type="regenerate", id=ids["id"])
        assert (await socket.frame())["code"] == 0


@pytest.mark.parametrize(("scope", "method", "address"), REQUESTS)
def test_a_request_needs_its_scope(world: World, scope: Scope, method: str, address: str) -> None:
    address = address.format(**own_ids(world.dialog))
    without = Client(headers={"authorization": bearer(world, ALL_SCOPES - {scope})})
    assert f"`{scope}`" in refusal_of(getattr(without, method)(address), 403)
    only = Client(headers={"authorization": bearer(world, frozenset({scope}))})
    assert getattr(only, method)(address).status_code in (200, 400)


def test_a_login_has_all_scopes(world: World) -> None:
    address = f"/api/v1/chats/{world.dialog.pk.hex}/sessions"
    client = Client(headers={"authorization": world.alice.jwt()})
    data_of(client.delete(address, {"ids": []}, content_type="application/json"))


@pytest.fixture
def other(world: World) -> dict[str, str]:
    """One row of each kind of alice's, in another dialog."""
    return belongings(world.alice.user)


async def test_another_dialog_is_not_found_over_the_socket(
    world: World, dialog: Dialog, other: dict[str, str], engine: ScriptedEngine
) -> None:
    header = await sync_to_async(bearer)(world, dialogs=(dialog.pk,))
    question = {"chat_id": dialog.pk.hex, "question": "Who?"}
    async with connected(world.alice, authorization=header) as socket:
        for frame in (
            {**question, "chat_id": other["chat_id"]},
            {**question, "session_id": other["session_id"]},
            {**question, "kb_ids": [other["kb_ids"]]},
            {**question, "doc_ids": [other["doc_ids"]]},
            {"type": "resume", "id": other["id"]},
            {"type": "resume", "session_id": other["session_id"]},
            {"type": "follow", "session_id": other["session_id"]},
            {"type": "stop", "id": other["id"]},
            {"type": "regenerate", "id": other["id"]},
            {"type": "feedback", "id": other["id"], "rating": "up"},
        ):
            await socket.send(**frame)
            assert (await socket.frame())["code"] == 404, frame
        engine.say("You.")
        engine.end()
        await socket.send(**question, kb_ids=[await own_base(dialog)])
        assert (await socket.until_the_end())[-1]["status"] == "complete"


@sync_to_async
def own_base(dialog: Dialog) -> str:
    base = KnowledgeBase.objects.create(owner=dialog.owner, name="Mine")
    dialog.knowledge_bases.add(base)
    return base.pk.hex


def test_another_dialog_is_not_found_over_http(world: World, other: dict[str, str]) -> None:
    header = bearer(world, dialogs=(world.dialog.pk,))
    client = Client(headers={"authorization": header})
    assert [row["id"] for row in data_of(client.get("/api/v1/chats"))] == [world.dialog.pk.hex]
    address = f"/api/v1/chats/{other['chat_id']}/sessions"
    refusal_of(client.get(address), 404)
    refusal_of(client.get(f"{address}/{other['session_id']}"), 404)
    assert ChatSession.objects.filter(pk=other["session_id"]).exists()


@sync_to_async
def usage_of(token: APIToken) -> tuple[int, int]:
    token.refresh_from_db()
    return token.questions, token.model_tokens


async def test_a_question_counts_for_its_token(
    world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    engine.say("You.")
    engine.emit(Usage(30, 12))
    engine.end()
    async with connected(world.alice, dialog.pk.hex) as socket:
        await socket.ask("Who?")
        await socket.until_the_end()
    assert await usage_of(world.alice.token_row) == (1, 42)
    assert await usage_of(world.bob.token_row) == (0, 0)
