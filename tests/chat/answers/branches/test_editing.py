"""Edited questions: each begins a branch of the conversation, and the old one is kept."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.identity import Identity
from chat import branches
from chat.answers import service
from chat.answers.requests import Ask
from chat.live.answer import LiveAnswer
from chat.models import ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from ragws.server_hub import hub
from tests.chat.conftest import Connect
from tests.support.scripted_engine import ScriptedEngine
from tests.support.talk import Talk
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


async def test_an_edited_question_goes_on_from_what_was_said_before_it(talk: Talk) -> None:
    await talk.ask("A", "B", "C")
    await talk.ask("D", edit=talk.ids["B"])
    assert talk.told() == "A"
    assert await talk.shown() == "AD"
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


async def test_versions_of_versions_are_versions_of_the_first(talk: Talk) -> None:
    await talk.ask("A", "B")
    await talk.ask("C", edit=talk.ids["B"])
    await talk.ask("D", edit=talk.ids["C"])
    await talk.ask("E")
    await talk.ask("F", edit=talk.ids["E"])
    assert talk.told() == "AD"
    messages = (await talk.listed())["messages"]
    questions = {each["content"]: each for each in messages if each["role"] == "user"}
    assert {name: len(each["versions"]) for name, each in questions.items()} == {
        "A": 1,
        "D": 3,
        "F": 2,
    }
    assert questions["D"]["versions"][2] == questions["D"]["id"]


async def test_the_same_edit_twice_is_one_question(talk: Talk) -> None:
    await talk.ask("A")
    edit = {"edit": talk.ids["A"], "request_id": "r"}
    await talk.ask("B", **edit)
    await talk.socket.ask("B", session_id=talk.session_id, **edit)
    assert (await talk.socket.until_the_end())[-1]["id"] == talk.ids["B"]
    await talk.socket.ask("B", session_id=talk.session_id, request_id="r")
    assert (await talk.socket.frame())["code"] == 409


async def test_neither_editing_nor_switching_disturbs_an_answer_in_the_making(
    talk: Talk, alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with alice() as other:
        await talk.ask("A")
        await talk.ask("B", edit=talk.ids["A"])
        await talk.socket.ask("C", session_id=talk.session_id)
        engine.say("c")
        running = (await talk.socket.frame())["data"]["id"]
        await other.send(type="switch", id=talk.ids["A"])
        refused = await other.frame()
        assert (refused["code"], refused["data"]["id"]) == (409, running)
        await other.ask("D", edit=talk.ids["A"])
        assert (await other.frame())["code"] == 409
        # It is shown already.
        assert (await Talk(other, engine, world.alice).switch(talk.ids["B"]))[
            "message"
        ] == "switched"
        engine.end()
        await talk.socket.until_the_end()
        await talk.ask("E")
        assert talk.told() == "BC"


async def test_only_messages_of_the_same_dialog_and_session_are_edited(
    talk: Talk, bob: Connect, engine: ScriptedEngine, world: World
) -> None:
    async with bob() as stranger:
        second = Talk(talk.socket, engine, world.alice)
        await talk.ask("A")
        await second.ask("B")
        await talk.socket.ask("C", session_id=talk.session_id, edit=second.ids["B"])
        frame = await talk.socket.frame()
        assert frame["code"] == 400
        assert "`edit`" in frame["message"]
        await talk.socket.ask("C", edit=["A"])
        assert "`edit` must be a string" in (await talk.socket.frame())["message"]
        other = await Dialog.objects.acreate(
            owner=world.alice.user, name="Second scripted", engine="scripted"
        )
        await talk.socket.ask("C", chat_id=other.pk.hex, edit=talk.ids["A"])
        assert (await talk.socket.frame())["code"] == 404
        own = await Dialog.objects.acreate(owner=world.bob.user, name="Bob's", engine="scripted")
        await stranger.ask("C", chat_id=own.pk.hex, edit=talk.ids["A"])
        assert (await stranger.frame())["code"] == 404
        assert (await Talk(stranger, engine, world.bob).switch(talk.ids["A"]))["code"] == 404
        assert await Message.objects.filter(role="user").acount() == 2


async def test_edits_are_limited(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branches, "MAX_EDITS", 1)
    await talk.ask("A")
    await talk.ask("B", edit=talk.ids["A"])
    await talk.socket.ask("C", edit=talk.ids["A"])
    frame = await talk.socket.frame()
    assert (frame["code"], frame["message"]) == (
        *(409, "At most 1 questions of a session can be edited"),
    )
    await talk.ask("D")
    assert talk.told() == "B"


async def test_a_remote_conversation_is_begun_anew_for_another_branch(talk: Talk) -> None:
    await talk.ask("A")
    sessions = ChatSession.objects.filter(pk=talk.session_id)
    await sessions.aupdate(remote_id="r1")
    await talk.ask("B", edit=talk.ids["A"])
    assert (await sessions.aget()).remote_id == ""
    await sessions.aupdate(remote_id="r2")
    await talk.switch(talk.ids["A"])
    assert (await sessions.aget()).remote_id == ""


async def test_followers_are_told_of_which_question_it_is_another_version(
    talk: Talk, alice: Connect
) -> None:
    async with alice() as second:
        await talk.ask("A")
        await second.send(type="follow", session_id=talk.session_id)
        await second.frame()

        async def followed(question: str, **fields: str) -> Any:
            await talk.ask(question, **fields)
            first, *_ = await second.until_the_end()
            assert (first["data"]["event"], first["data"]["question"]) == ("question", question)
            return first["data"]

        plain = await followed("B")
        assert "edit" not in plain
        edited = await followed("C", edit=talk.ids["B"])
        again = await followed("D", edit=talk.ids["C"])
    assert edited["edit"] == again["edit"] == plain["question_id"]
    told = [each["question_id"] for each in (plain, edited, again)]
    (row,) = [each for each in (await talk.listed())["messages"] if each["content"] == "D"]
    assert row["versions"] == told
