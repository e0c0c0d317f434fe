"""End users of a user's program: each has sessions and files of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.identity import Identity
from accounts.tickets.tickets import issue_ticket
from chat import access
from chat.answers import attachments, service
from chat.models import ChatSession, Dialog
from core.broadcast import user_group
from core.errors import NotFound
from knowledge.models import KnowledgeBase
from tests.support.communicator import Socket, connected, whole_text
from tests.support.rest_client import client_of, data_of
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@asynccontextmanager
async def visitor(world: World, dialog: Dialog, name: str) -> AsyncIterator[Socket]:
    def ticket() -> str:
        parent = authenticate(Credentials((world.alice.token,)))
        return issue_ticket(parent, end_user=name)

    path = f"/v1/ws/chat?ticket={await sync_to_async(ticket)()}"
    async with connected(world.alice, dialog.pk.hex, path) as socket:
        yield socket


async def ask(socket: Socket, engine: ScriptedEngine, answer: str, **fields: Any) -> Any:
    engine.say(answer)
    engine.end()
    await socket.ask("Who?", **fields)
    frames = await socket.until_the_end()
    assert whole_text(frames) == answer, frames
    return frames[-1]


async def test_an_end_user_asks_and_finds_the_session_again(
    world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    async with visitor(world, dialog, "visitor 7") as socket:
        done = await ask(socket, engine, "You.")
    session = await sync_to_async(ChatSession.objects.get)(pk=done["session_id"])
    assert (session.user_id, session.end_user) == (world.alice.user.pk, "visitor 7")
    async with visitor(world, dialog, "visitor 7") as socket:
        await socket.send(type="resume", session_id=done["session_id"])
        assert whole_text(await socket.until_the_end()) == "You."


async def test_other_end_users_and_the_user_do_not_find_their_rows(
    world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    async with visitor(world, dialog, "visitor 7") as socket:
        done = await ask(socket, engine, "You.", request_id="r")
    id, session_id = done["id"], done["session_id"]
    async with visitor(world, dialog, "visitor 8") as other, connected(world.alice) as owner:
        for socket in (other, owner):
            for frame in (
                {"type": "resume", "id": id},
                {"type": "resume", "session_id": session_id},
                {"type": "follow", "session_id": session_id},
                {"type": "stop", "id": id},
                {"type": "stop", "request_id": "r"},
                {"type": "regenerate", "id": id},
                {"type": "switch", "id": id},
                {"chat_id": dialog.pk.hex, "question": "Who?", "edit": id},
                {"type": "feedback", "id": id, "rating": "up"},
                {"chat_id": dialog.pk.hex, "question": "Who?", "session_id": session_id},
            ):
                await socket.send(**frame)
                assert (await socket.frame())["code"] == 404, frame


async def test_a_request_id_is_that_of_one_end_user(
    world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    async with visitor(world, dialog, "visitor 7") as one:
        first = await ask(one, engine, "You.", request_id="r")
        await one.ask("Who?", request_id="r")
        assert (await one.until_the_end())[-1]["id"] == first["id"]
    async with visitor(world, dialog, "visitor 8") as other:
        second = await ask(other, engine, "Not you.", request_id="r")
    assert second["id"] != first["id"]


async def test_notices_to_the_user_do_not_reach_end_users(
    world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    async with visitor(world, dialog, "visitor 7") as visiting, connected(world.alice) as owner:
        for socket in (visiting, owner):
            done = await ask(socket, engine, "You.", chat_id=dialog.pk.hex)
            await socket.send(type="follow", session_id=done["session_id"])
            assert (await socket.frame())["message"] == "following"
        # The process joins the groups in a task of its own.
        await asyncio.sleep(0)
        await service.announce("Your bill is due", user_group(world.alice.user.pk.hex))
        assert (await owner.frame())["message"] == "Your bill is due"
        assert await visiting.is_silent()


def test_the_user_s_list_of_sessions_has_none_of_end_users(world: World) -> None:
    for name in ("", "visitor 7"):
        ChatSession.objects.create(
            user=world.alice.user, dialog=world.dialog, end_user=name, name=name or "own"
        )
    listed = data_of(client_of(world.alice).get(f"/api/v1/chats/{world.dialog.pk.hex}/sessions"))
    assert [session["name"] for session in listed] == ["own"]


def test_files_belong_to_one_end_user(world: World) -> None:
    own = Identity(world.alice.user, "shell")
    theirs = replace(own, end_user="visitor 7")
    file = SimpleUploadedFile("a.md", b"# Ferries\n\nThey leave at noon.")
    (saved,) = attachments.save(theirs, [("a.md", file.read())])
    assert access.get_attachments(theirs, [saved.pk.hex]) == [saved]
    for identity in (own, replace(own, end_user="visitor 8")):
        with pytest.raises(NotFound):
            access.get_attachments(identity, [saved.pk.hex])


def test_end_users_search_only_the_knowledge_bases_of_dialogs(world: World) -> None:
    private = KnowledgeBase.objects.create(owner=world.alice.user, name="Private")
    own = Identity(world.alice.user, "shell")
    theirs = replace(own, end_user="visitor 7")
    assert access.get_knowledge_bases(own, [private.pk.hex]) == [private]
    public = world.knowledge_base
    assert access.get_knowledge_bases(theirs, [public.pk.hex]) == [public]
    with pytest.raises(NotFound):
        access.get_knowledge_bases(theirs, [private.pk.hex])
