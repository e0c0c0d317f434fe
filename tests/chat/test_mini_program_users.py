"""Users of mini programs: the dialogs that they may ask, and the rows that they own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.logins.refresh_tokens import begin_person_login, end_logins, issue_login_tokens
from accounts.mini_programs.base import PlatformUser
from accounts.mini_programs.people import block, get_or_create_person
from accounts.models import APIToken, Login, Person
from accounts.revocation.broadcast import listen_for_credential_changes
from chat.models import ChatSession, Dialog
from core.broadcast import IDENTITIES
from tests.support.communicator import Socket, connected, whole_text
from tests.support.credential_changes import is_joined
from tests.support.rest_client import data_of, make_exchange, make_session, refusal_of
from tests.support.scripted_engine import ScriptedEngine
from tests.support.seed import belongings
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def jwt_of(world: World, open_id: str = "oFirst", dialog: Dialog | None = None) -> str:
    person = get_or_create_person(PlatformUser("wechat", "wx1", open_id))
    login = begin_person_login(person, world.alice.user.pk, dialog.pk if dialog else None)
    return issue_login_tokens(login).access.text


def phone(jwt: str) -> Client:
    return Client(headers={"authorization": f"Bearer {jwt}"})


@pytest.fixture
def opened(dialog: Dialog) -> Dialog:
    dialog.for_mini_programs = True
    dialog.save()
    return dialog


@asynccontextmanager
async def person_socket(
    world: World, dialog: Dialog, open_id: str = "oFirst"
) -> AsyncIterator[Socket]:
    jwt = await sync_to_async(jwt_of)(world, open_id)
    path = f"/v1/ws/chat?token={jwt}"
    async with connected(world.alice, dialog.pk.hex, path) as socket:
        yield socket


async def ask(socket: Socket, engine: ScriptedEngine, **fields: Any) -> Any:
    engine.say("You.")
    engine.end()
    await socket.ask("Who?", **fields)
    return (await socket.until_the_end())[-1]


async def test_a_person_asks_and_finds_the_session_again(
    world: World, opened: Dialog, engine: ScriptedEngine
) -> None:
    async with person_socket(world, opened) as socket:
        done = await ask(socket, engine)
    person = await sync_to_async(Person.objects.get)()
    session = await sync_to_async(ChatSession.objects.get)(pk=done["session_id"])
    assert (session.user_id, session.end_user) == (world.alice.user.pk, person.end_user)
    async with person_socket(world, opened) as socket:
        await socket.send(type="resume", session_id=done["session_id"])
        assert whole_text(await socket.until_the_end()) == "You."


async def test_rows_of_other_people_are_not_found(
    world: World, opened: Dialog, engine: ScriptedEngine
) -> None:
    """Nor are dialogs that are not open to mini programs."""
    bobs = await sync_to_async(belongings)(world.bob.user)
    async with person_socket(world, opened) as socket:
        done = await ask(socket, engine, request_id="r")
    ids = {"id": done["id"], "session_id": done["session_id"]}
    question = {"chat_id": opened.pk.hex, "question": "Who?"}
    async with person_socket(world, opened, "oSecond") as socket:
        for frame in (
            {"type": "resume", "id": ids["id"]},
            {"type": "resume", "session_id": ids["session_id"]},
            {"type": "follow", "session_id": ids["session_id"]},
            {"type": "stop", "id": ids["id"]},
            {"type": "stop", "request_id": "r"},
            {"type": "regenerate", "id": ids["id"]},
            {"type": "feedback", "id": ids["id"], "rating": "up"},
            {"type": "switch", "id": ids["id"]},
            {**question, "edit": ids["id"]},
            {**question, "session_id": ids["session_id"]},
            {**question, "chat_id": world.dialog.pk.hex},
            {**question, "chat_id": bobs["chat_id"]},
            {**question, "kb_ids": [world.knowledge_base.pk.hex]},
            {**question, "kb_ids": [bobs["kb_ids"]]},
            {**question, "files": [bobs["files"]]},
        ):
            await socket.send(**frame)
            assert (await socket.frame())["code"] == 404, frame


async def test_a_dialog_that_is_no_longer_open_is_not_found(
    world: World, opened: Dialog, engine: ScriptedEngine
) -> None:
    """At once, for open sockets as well, and with its conversations."""
    async with person_socket(world, opened) as socket:
        done = await ask(socket, engine)
        await sync_to_async(Dialog.objects.update)(for_mini_programs=False)
        for frame in (
            {"chat_id": opened.pk.hex, "question": "Who?"},
            {"type": "resume", "id": done["id"]},
            {"type": "follow", "session_id": done["session_id"]},
            {"type": "regenerate", "id": done["id"]},
        ):
            await socket.send(**frame)
            assert (await socket.frame())["code"] == 404, frame


async def test_the_knowledge_bases_of_the_dialog_may_be_named(
    world: World, opened: Dialog, engine: ScriptedEngine
) -> None:
    """Its knowledge bases stay the owner's; naming them is allowed, and adds nothing."""
    await sync_to_async(opened.knowledge_bases.add)(world.knowledge_base)
    async with person_socket(world, opened) as socket:
        done = await ask(socket, engine, kb_ids=[world.knowledge_base.pk.hex])
    assert done["status"] == "complete"


ENDS: list[tuple[Callable[[], Any], str]] = [
    (lambda: block(Person.objects.all()), "blocked"),
    (lambda: end_logins(Login.objects.all()), "ended"),
]


@pytest.mark.parametrize(("end", "reason"), ENDS)
async def test_the_sockets_of_a_blocked_person_are_closed_at_once(
    world: World, opened: Dialog, end: Callable[[], Any], reason: str
) -> None:
    """And no other socket is closed."""
    jwt = await sync_to_async(jwt_of)(world, "oFirst")
    path = f"/v1/ws/chat?token={jwt}"
    async with connected(world.alice) as owner:
        async with connected(world.alice, path=path) as socket:
            listen_for_credential_changes()
            await is_joined(IDENTITIES)
            await sync_to_async(end)()
            closing = await socket.event()
            assert (closing["type"], closing["code"]) == ("websocket.close", 1008)
            assert reason in closing["reason"]
        await owner.send(type="ping")
        assert (await owner.frame())["message"] == "pong"


# Over HTTP


def test_people_see_open_dialogs_without_their_configuration(world: World) -> None:
    Dialog.objects.create(owner=world.bob.user, name="Bob's", for_mini_programs=True)
    assert data_of(phone(jwt_of(world)).get("/api/v1/chats")) == []
    Dialog.objects.filter(pk=world.dialog.pk).update(for_mini_programs=True, prompt="Be secret")
    (listed,) = data_of(phone(jwt_of(world)).get("/api/v1/chats"))
    assert set(listed) == {"id", "name", "description", "prompt", "starters"}
    assert set(listed["prompt"]) == {"opener"}


def test_a_login_for_one_dialog_finds_no_other(world: World) -> None:
    other = Dialog.objects.create(owner=world.alice.user, name="Other", for_mini_programs=True)
    Dialog.objects.filter(pk=world.dialog.pk).update(for_mini_programs=True)
    (listed,) = data_of(phone(jwt_of(world, dialog=other)).get("/api/v1/chats"))
    assert listed["id"] == other.pk.hex


def test_sessions_and_files_belong_to_one_person(world: World) -> None:
    Dialog.objects.filter(pk=world.dialog.pk).update(for_mini_programs=True)
    one, other = phone(jwt_of(world)), phone(jwt_of(world, "oSecond"))
    session = make_session(world.dialog)
    make_exchange(session, "Who?", "You.")
    first = Person.objects.order_by("first_seen_at")[0]
    ChatSession.objects.filter(pk=session.pk).update(end_user=first.end_user)
    sessions = f"/api/v1/chats/{world.dialog.pk.hex}/sessions"
    assert [row["id"] for row in data_of(one.get(sessions))] == [session.pk.hex]
    assert data_of(other.get(sessions)) == []
    refusal_of(other.get(f"{sessions}/{session.pk.hex}"), 404)
    body, kind = {"ids": [session.pk.hex]}, "application/json"
    refusal_of(other.delete(sessions, body, content_type=kind), 404)
    file = SimpleUploadedFile("a.md", b"# Ferries\n\nThey leave at noon.")
    assert len(data_of(one.post("/api/v1/files", {"file": file}), 201)) == 1
    data_of(one.delete(sessions, body, content_type=kind))
    assert not ChatSession.objects.exists()


def test_people_cannot_manage_the_operator_s_tokens(world: World) -> None:
    client, token = phone(jwt_of(world)), world.alice.token_row.pk.hex
    kind = "application/json"
    for response in (
        client.get("/api/v1/tokens"),
        client.post("/api/v1/tokens", {"name": "mine"}, content_type=kind),
        client.get(f"/api/v1/tokens/{token}"),
        client.post(f"/api/v1/tokens/{token}/rotate", {}, content_type=kind),
        client.delete(f"/api/v1/tokens/{token}"),
    ):
        refusal_of(response, 403)
    assert APIToken.objects.filter(user=world.alice.user, revoked_at=None).count() == 1


def test_a_view_without_scopes_is_closed_to_people(world: World) -> None:
    client = phone(jwt_of(world))
    assert client.options("/api/v1/chats").status_code == 403


def test_people_get_tickets_for_themselves_and_open_dialogs_only(world: World) -> None:
    opened = Dialog.objects.create(owner=world.alice.user, name="Open", for_mini_programs=True)
    client = phone(jwt_of(world))

    def ticket(**body: str) -> Any:
        return client.post("/api/v1/auth/ticket", body, content_type="application/json")

    assert data_of(ticket(chat_id=opened.pk.hex))["ticket"]
    assert data_of(ticket(end_user=Person.objects.get().end_user))["ticket"]
    refusal_of(ticket(end_user="somebody else"), 403)
    refusal_of(ticket(chat_id=world.dialog.pk.hex), 404)
