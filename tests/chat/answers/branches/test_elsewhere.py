"""Branches over HTTP, in the admin, in few queries, and deleted with their conversation."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat import branches
from chat.answers.sessions import history
from chat.models import ChatSession, Message
from tests.support.http_requests import request
from tests.support.talk import Talk
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


async def test_over_http_questions_are_edited_and_branches_switched(
    talk: Talk, world: World
) -> None:
    bearer = {"authorization": f"Bearer {world.alice.token}"}
    await talk.ask("A", "B")
    session = await ChatSession.objects.aget(pk=talk.session_id)
    question = {"chat_id": session.dialog_id.hex, "question": "C", "edit": talk.ids["B"]}
    for fields in ({}, {"stream": False}):
        talk.script("C")
        path = "/v1/conversation/completion"
        assert (await request("POST", path, bearer, {**question, **fields})).status == 200
        assert talk.told() == "A"
    assert await talk.shown() == "AC"
    reply = await request("POST", f"/api/v1/answers/{talk.ids['B']}/switch", bearer)
    assert reply.json()["data"] == {"session_id": talk.session_id}
    assert await talk.shown() == "AB"
    listed = f"/ragflow/api/v1/chats/{session.dialog_id.hex}/sessions?id={talk.session_id}"
    [row] = (await request("GET", listed, bearer)).json()["data"]
    assert "".join(each["content"] for each in row["messages"] if each["role"] == "user") == "AB"


async def test_the_cost_of_reading_does_not_grow_with_the_edits(
    talk: Talk, django_assert_num_queries: Any
) -> None:
    await talk.ask("A")
    for question in "BCDE":
        await talk.ask(question)
        await talk.ask(question + "2", edit=talk.ids[question])

    @sync_to_async
    def read() -> str:
        session = ChatSession.objects.get(pk=talk.session_id)
        with django_assert_num_queries(2):
            return "".join(each.question for each in history(session, branches.shown_path(session)))

    assert await read() == "AB2C2D2E2"


async def test_a_session_with_branches_is_deleted_with_all_of_them(
    talk: Talk, world: World
) -> None:
    await talk.ask("A")
    await talk.ask("B", edit=talk.ids["A"])

    @sync_to_async
    def delete() -> int:
        session = ChatSession.objects.get(pk=talk.session_id)
        headers = {"authorization": f"Bearer {world.alice.token}"}
        Client().delete(
            f"/api/v1/chats/{session.dialog_id.hex}/sessions",
            {"ids": [talk.session_id]},
            "application/json",
            headers=headers,
        )
        return Message.objects.count()

    assert await delete() == 0


async def test_the_admin_shows_all_branches_and_marks_them(talk: Talk) -> None:
    await talk.ask("A", "B")
    await talk.ask("C", edit=talk.ids["A"])

    @sync_to_async
    def transcript() -> str:
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        url = reverse("admin:chat_chatsession_change", args=[talk.session_id])
        return client.get(url).content.decode()

    page = await transcript()
    assert page.count("Version 1 of 2") == page.count("Version 2 of 2") == 1
    assert page.count("On a branch that is not shown") == 2
