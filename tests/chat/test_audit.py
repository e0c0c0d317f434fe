"""The audit log of conversations: connections, reading, deleting; never their content."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from accounts.audit.write_queue import audit_queue
from accounts.models import Action, AuditEvent, User
from chat.models import Attachment, ChatSession, Dialog
from tests.chat.conftest import Connect
from tests.support.communicator import connected
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import World

pytestmark = pytest.mark.database

SECRET_QUESTION = "Is Bob about to be dismissed?"


@pytest.fixture
def session(world: World) -> ChatSession:
    return ChatSession.objects.create(
        dialog=world.dialog, user=world.alice.user, name=SECRET_QUESTION, end_user="openid-5"
    )


@pytest.fixture
def root(world: World) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", password="correct horse battery"))
    return browser


@database_sync_to_async
def logged(action: Action) -> AuditEvent:
    audit_queue.flush()
    return AuditEvent.objects.get(action=action)


@pytest.mark.django_db(transaction=True)
class TestSockets:
    async def test_connections_are_counted_in_one_event(self, world: World) -> None:
        for _ in range(3):
            async with connected(world.alice):
                pass
        event = await logged(Action.CONNECT)
        assert (event.username, event.times, event.what) == ("alice", 3, "/v1/ws/chat")
        assert event.credential == f"token {world.alice.token_row.hint}"

    async def test_a_refused_connection_is_logged(self, world: World) -> None:
        async with connected(world.charlie):
            pass
        event = await logged(Action.REFUSED)
        assert event.credential == f"token {world.charlie.token_row.hint}"
        assert (event.username, event.detail) == ("", "This account is not active")

    async def test_a_limited_connection_is_logged(self, world: World, settings: Any) -> None:
        settings.TOKEN_HANDSHAKES_PER_MINUTE = 1
        for _ in range(2):
            async with connected(world.alice):
                pass
        event = await logged(Action.LIMITED)
        assert event.credential == f"token {world.alice.token_row.hint}"
        assert event.what == "/v1/ws/chat"

    async def test_a_limited_question_is_logged_without_its_text(
        self, dialog: Dialog, alice: Connect, settings: Any, engine: ScriptedEngine
    ) -> None:
        settings.TOKEN_QUESTIONS_PER_MINUTE = 1
        async with alice() as socket:
            engine.end()
            await socket.ask(SECRET_QUESTION)
            await socket.until_the_end()
            await socket.ask(SECRET_QUESTION)
            assert (await socket.frame())["code"] == 429
        event = await logged(Action.LIMITED)
        assert (event.username, event.what) == ("alice", "question")
        assert "Bob" not in event.detail


class TestTheAdmin:
    def test_reading_a_conversation_is_logged(self, root: Client, session: ChatSession) -> None:
        root.get(f"/admin/chat/chatsession/{session.pk}/change/")
        event = AuditEvent.objects.get(action=Action.READ)
        assert (event.username, event.what) == ("root", f"chatsession {session.pk.hex}")
        assert event.detail == "of alice openid-5"

    def test_reading_a_file_is_logged(self, root: Client, world: World) -> None:
        file = Attachment.objects.create(owner=world.alice.user, name="t.txt", size=1, passages=[])
        root.get(f"/admin/chat/attachment/{file.pk}/change/")
        assert AuditEvent.objects.get(action=Action.READ).what == f"attachment {file.pk.hex}"

    def test_deleting_a_conversation_is_logged_without_its_text(
        self, root: Client, session: ChatSession
    ) -> None:
        root.post(f"/admin/chat/chatsession/{session.pk}/delete/", {"post": "yes"})
        event = AuditEvent.objects.get(action=Action.DELETE)
        assert event.what == f"chatsession {session.pk.hex}"
        assert all("Bob" not in row.detail + row.what for row in AuditEvent.objects.all())


def test_deleting_a_session_over_rest_is_logged(world: World) -> None:
    session = ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name="Tea")
    bearer = {"Authorization": f"Bearer {world.alice.token}"}
    address = f"/api/v1/chats/{world.dialog.pk.hex}/sessions"
    body = {"ids": [session.pk.hex]}
    assert Client().delete(address, body, "application/json", headers=bearer).status_code == 200
    event = AuditEvent.objects.get(action=Action.DELETE)
    assert (event.username, event.what) == ("alice", f"chatsession {session.pk.hex}")
