"""Edited questions: each begins a branch of the conversation, and the old one is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from accounts.identity import Identity
from accounts.models import User
from chat import branches
from chat.answers import service
from chat.answers.requests import Ask
from chat.answers.sessions import history
from chat.live.answer import LiveAnswer
from chat.models import ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from ragws.server_hub import hub
from tests.chat.conftest import Connect
from tests.support.communicator import Socket, whole_text
from tests.support.http_requests import request
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import Person, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


class Talk:
    """A conversation in which "A" is answered with "a"."""

    def __init__(self, socket: Socket, engine: ScriptedEngine) -> None:
        self.socket, self.engine = socket, engine
        # "" begins one.
        self.session_id = ""
        self.ids: dict[str, str] = {}

    async def ask(self, *questions: str, **fields: Any) -> None:
        for question in questions:
            self.script(question)
            await self.socket.ask(question, session_id=self.session_id, **fields)
            self.ids[question] = await self._end()

    async def regenerate(self, question: str) -> None:
        self.script(question)
        await self.socket.send(type="regenerate", id=self.ids[question])
        await self._end()

    async def switch(self, id: str) -> Any:
        await self.socket.send(type="switch", id=id)
        return await self.socket.frame()

    def script(self, question: str) -> None:
        self.engine.say(question.lower())
        self.engine.end()

    async def _end(self) -> str:
        end = (await self.socket.until_the_end())[-1]
        assert end["status"] == "complete"
        self.session_id = end["session_id"]
        return str(end["id"])

    def told(self) -> str:
        """The questions that the engine was told of last."""
        past = self.engine.prompts[-1].history
        assert all(each.answer == each.question.lower() for each in past)
        return "".join(each.question for each in past)


def listed(person: Person, talk: Talk, query: str = "") -> Any:
    session = ChatSession.objects.get(pk=talk.session_id)
    path = f"/api/v1/chats/{session.dialog_id.hex}/sessions/{session.pk.hex}{query}"
    bearer = f"Bearer {person.token}"
    return Client().get(path, headers={"authorization": bearer}).json()["data"]


def shown(person: Person, talk: Talk) -> str:
    """What is asked in the branch that the session shows."""
    messages = listed(person, talk)["messages"]
    assert len(messages) == listed(person, talk)["total"]
    return "".join(each["content"] for each in messages if each["role"] == "user")


async def test_an_edited_question_goes_on_from_what_was_said_before_it(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A", "B", "C")
        await talk.ask("D", edit=talk.ids["B"])
        assert talk.told() == "A"
        assert await sync_to_async(shown)(world.alice, talk) == "AD"
        await talk.ask("E")
        assert talk.told() == "AD"
        assert await Message.objects.filter(role="user").acount() == 5


async def test_a_follow_up_hangs_on_what_was_cited_in_its_branch(
    transactional_db: None, world: World
) -> None:
    towers = {"Kastri": "31 metres", "Livadia": "12 metres"}
    for place, height in towers.items():
        text = f"# {place}\n\nThe tower of {place} was built by sailors. It is {height} tall."
        await sync_to_async(ingest)(world.knowledge_base, f"{place}.md", text.encode())

    async def ask(question: str, **fields: str) -> LiveAnswer:
        ask = Ask(chat_id=world.dialog.pk.hex, question=question, **fields)  # type: ignore[arg-type]
        live = await service.ask(Identity(world.alice.user, "shell"), ask, hub)
        async for _ in live.read():
            pass
        return live

    first = await ask("Who built the tower of Kastri?")
    second = await ask("Who built the tower of Livadia?", session_id=first.session_id)
    third = await ask("and how tall is it?", edit=second.id)
    assert str(third.text).startswith("It is 31 metres tall.")


async def test_over_http_questions_are_edited_and_branches_switched(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    bearer = {"authorization": f"Bearer {world.alice.token}"}
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A", "B")
    session = await ChatSession.objects.aget(pk=talk.session_id)
    question = {"chat_id": session.dialog_id.hex, "question": "C", "edit": talk.ids["B"]}
    for fields in ({}, {"stream": False}):
        talk.script("C")
        path = "/v1/conversation/completion"
        assert (await request("POST", path, bearer, {**question, **fields})).status == 200
        assert talk.told() == "A"
    assert await sync_to_async(shown)(world.alice, talk) == "AC"
    reply = await request("POST", f"/api/v1/answers/{talk.ids['B']}/switch", bearer)
    assert reply.json()["data"] == {"session_id": talk.session_id}
    assert await sync_to_async(shown)(world.alice, talk) == "AB"
    listed = f"/ragflow/api/v1/chats/{session.dialog_id.hex}/sessions?id={talk.session_id}"
    [row] = (await request("GET", listed, bearer)).json()["data"]
    assert "".join(each["content"] for each in row["messages"] if each["role"] == "user") == "AB"


async def test_both_branches_can_be_shown_and_go_on(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A", "B")
        await talk.ask("C", edit=talk.ids["A"])
        assert talk.told() == ""
        frame = await talk.switch(talk.ids["A"])
        assert (frame["message"], frame["data"]["session_id"]) == ("switched", talk.session_id)
        assert await sync_to_async(shown)(world.alice, talk) == "AB"
        await talk.ask("D")
        assert talk.told() == "AB"
        await talk.switch(talk.ids["C"])
        await talk.ask("E")
        assert talk.told() == "C"
        await talk.switch(talk.ids["B"])
        assert await sync_to_async(shown)(world.alice, talk) == "ABD"


async def test_versions_of_versions_are_versions_of_the_first(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A", "B")
        await talk.ask("C", edit=talk.ids["B"])
        await talk.ask("D", edit=talk.ids["C"])
        await talk.ask("E")
        await talk.ask("F", edit=talk.ids["E"])
        assert talk.told() == "AD"
    messages = (await sync_to_async(listed)(world.alice, talk))["messages"]
    questions = {each["content"]: each for each in messages if each["role"] == "user"}
    assert {name: len(each["versions"]) for name, each in questions.items()} == {
        "A": 1,
        "D": 3,
        "F": 2,
    }
    assert questions["D"]["versions"][2] == questions["D"]["id"]


async def test_switching_shows_where_was_asked_last(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A", "B", "C")
        await talk.ask("D", edit=talk.ids["C"])
        await talk.ask("E", edit=talk.ids["A"])
        await talk.switch(talk.ids["A"])
        assert await sync_to_async(shown)(world.alice, talk) == "ABD"
        # What is shown already stays.
        await talk.switch(talk.ids["B"])
        assert await sync_to_async(shown)(world.alice, talk) == "ABD"
        await talk.switch(talk.ids["C"])
        assert await sync_to_async(shown)(world.alice, talk) == "ABC"


async def test_answering_again_on_another_branch_shows_it(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A", "B")
        await talk.ask("C", edit=talk.ids["A"])
        await talk.ask("D")
        await talk.regenerate("B")
        assert talk.told() == "A"
        assert await sync_to_async(shown)(world.alice, talk) == "AB"
        # An answer that came after the question was edited belongs to it.
        await talk.regenerate("A")
        await talk.ask("E", edit=talk.ids["B"])
        assert talk.told() == "A"
        messages = (await sync_to_async(listed)(world.alice, talk))["messages"]
        assert [each["content"] for each in messages if each["role"] == "assistant"].count("a") == 2


async def test_resuming_a_session_reads_the_branch_that_it_shows(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A")
        await talk.ask("B", edit=talk.ids["A"])
        for question in ("B", "A"):
            await talk.switch(talk.ids[question])
            await socket.send(type="resume", session_id=talk.session_id)
            assert (await socket.until_the_end())[-1]["id"] == talk.ids[question]


async def test_an_answer_on_either_branch_is_stopped_rated_and_read_by_its_id(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket, alice() as other:
        talk = Talk(socket, engine)
        await talk.ask("A")
        engine.say("half")
        await socket.ask("B", edit=talk.ids["A"])
        running = (await socket.frame())["data"]["id"]
        await other.send(type="stop", id=running)
        assert (await socket.until_the_end())[-1]["status"] == "stopped"
        for id, text in ((talk.ids["A"], "a"), (running, "half")):
            await other.send(type="feedback", id=id, rating="up")
            assert (await other.frame())["message"] == "feedback saved"
            await other.send(type="resume", id=id)
            assert whole_text(await other.until_the_end()) == text


async def test_the_same_edit_twice_is_one_question(alice: Connect, engine: ScriptedEngine) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A")
        edit = {"edit": talk.ids["A"], "request_id": "r"}
        await talk.ask("B", **edit)
        await socket.ask("B", session_id=talk.session_id, **edit)
        assert (await socket.until_the_end())[-1]["id"] == talk.ids["B"]
        await socket.ask("B", session_id=talk.session_id, request_id="r")
        assert (await socket.frame())["code"] == 409


async def test_neither_editing_nor_switching_disturbs_an_answer_in_the_making(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket, alice() as other:
        talk = Talk(socket, engine)
        await talk.ask("A")
        await talk.ask("B", edit=talk.ids["A"])
        await socket.ask("C", session_id=talk.session_id)
        engine.say("c")
        running = (await socket.frame())["data"]["id"]
        await other.send(type="switch", id=talk.ids["A"])
        refused = await other.frame()
        assert (refused["code"], refused["data"]["id"]) == (409, running)
        await other.ask("D", edit=talk.ids["A"])
        assert (await other.frame())["code"] == 409
        # It is shown already.
        assert (await Talk(other, engine).switch(talk.ids["B"]))["message"] == "switched"
        engine.end()
        await socket.until_the_end()
        await talk.ask("E")
        assert talk.told() == "BC"


async def test_followers_are_told_that_another_branch_is_shown(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket, alice() as second:
        talk = Talk(socket, engine)
        await talk.ask("A")
        await second.send(type="follow", session_id=talk.session_id)
        await second.frame()
        await talk.ask("B", edit=talk.ids["A"])
        assert (await second.frame())["data"]["question"] == "B"
        await second.until_the_end()
        await talk.switch(talk.ids["A"])
        data = (await second.frame())["data"]
        assert data == {
            "answer": "",
            "reference": {},
            "event": "branch",
            "session_id": talk.session_id,
        }
        await talk.switch(talk.ids["A"])
        assert await second.is_silent()


async def test_followers_see_another_branch_without_being_told(
    alice: Connect, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.answers.session_feed.POLL_S", 0.01)
    loop, looked, look = asyncio.get_running_loop(), asyncio.Event(), branches.shown_in

    def shown_in(ids: Collection[UUID]) -> dict[UUID, UUID | None]:
        shown = look(ids)
        loop.call_soon_threadsafe(looked.set)
        return shown

    async with alice() as socket, alice() as second:
        talk = Talk(socket, engine)
        await talk.ask("A")
        await talk.ask("B", edit=talk.ids["A"])
        monkeypatch.setattr(branches, "shown_in", shown_in)
        await second.send(type="follow", session_id=talk.session_id)
        await second.frame()
        await looked.wait()
        await ChatSession.objects.filter(pk=talk.session_id).aupdate(branch=None)
        assert (await second.frame())["data"]["event"] == "branch"
        assert await second.is_silent()


async def test_only_messages_of_the_same_dialog_and_session_are_edited(
    alice: Connect, bob: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket, bob() as stranger:
        talk, second = Talk(socket, engine), Talk(socket, engine)
        await talk.ask("A")
        await second.ask("B")
        await socket.ask("C", session_id=talk.session_id, edit=second.ids["B"])
        frame = await socket.frame()
        assert frame["code"] == 400
        assert "`edit`" in frame["message"]
        await socket.ask("C", edit=["A"])
        assert "`edit` must be a string" in (await socket.frame())["message"]
        other = await Dialog.objects.acreate(
            owner=world.alice.user, name="Second scripted", engine="scripted"
        )
        await socket.ask("C", chat_id=other.pk.hex, edit=talk.ids["A"])
        assert (await socket.frame())["code"] == 404
        own = await Dialog.objects.acreate(owner=world.bob.user, name="Bob's", engine="scripted")
        await stranger.ask("C", chat_id=own.pk.hex, edit=talk.ids["A"])
        assert (await stranger.frame())["code"] == 404
        assert (await Talk(stranger, engine).switch(talk.ids["A"]))["code"] == 404
        assert await Message.objects.filter(role="user").acount() == 2


async def test_edits_are_limited(
    alice: Connect, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "MAX_EDITS", 1)
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A")
        await talk.ask("B", edit=talk.ids["A"])
        await socket.ask("C", edit=talk.ids["A"])
        frame = await socket.frame()
        assert (frame["code"], frame["message"]) == (
            *(409, "At most 1 questions of a session can be edited"),
        )
        await talk.ask("D")
        assert talk.told() == "B"


async def test_a_remote_conversation_is_begun_anew_for_another_branch(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
        await talk.ask("A")
        sessions = ChatSession.objects.filter(pk=talk.session_id)
        await sessions.aupdate(remote_id="r1")
        await talk.ask("B", edit=talk.ids["A"])
        assert (await sessions.aget()).remote_id == ""
        await sessions.aupdate(remote_id="r2")
        await talk.switch(talk.ids["A"])
        assert (await sessions.aget()).remote_id == ""


async def test_the_cost_of_reading_does_not_grow_with_the_edits(
    alice: Connect, engine: ScriptedEngine, django_assert_num_queries: Any
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
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
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
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


async def test_the_admin_shows_all_branches_and_marks_them(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        talk = Talk(socket, engine)
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
