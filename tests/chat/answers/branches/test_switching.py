"""Which branch a conversation shows, and how followers are told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID

import pytest

from chat import branches
from chat.models import ChatSession
from tests.chat.conftest import Connect
from tests.support.communicator import whole_text
from tests.support.scripted_engine import ScriptedEngine
from tests.support.talk import Talk

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


async def test_both_branches_can_be_shown_and_go_on(talk: Talk) -> None:
    await talk.ask("A", "B")
    await talk.ask("C", edit=talk.ids["A"])
    assert talk.told() == ""
    frame = await talk.switch(talk.ids["A"])
    assert (frame["message"], frame["data"]["session_id"]) == ("switched", talk.session_id)
    assert await talk.shown() == "AB"
    await talk.ask("D")
    assert talk.told() == "AB"
    await talk.switch(talk.ids["C"])
    await talk.ask("E")
    assert talk.told() == "C"
    await talk.switch(talk.ids["B"])
    assert await talk.shown() == "ABD"


async def test_switching_shows_where_was_asked_last(talk: Talk) -> None:
    await talk.ask("A", "B", "C")
    await talk.ask("D", edit=talk.ids["C"])
    await talk.ask("E", edit=talk.ids["A"])
    await talk.switch(talk.ids["A"])
    assert await talk.shown() == "ABD"
    # What is shown already stays.
    await talk.switch(talk.ids["B"])
    assert await talk.shown() == "ABD"
    await talk.switch(talk.ids["C"])
    assert await talk.shown() == "ABC"


async def test_answering_again_on_another_branch_shows_it(talk: Talk) -> None:
    await talk.ask("A", "B")
    await talk.ask("C", edit=talk.ids["A"])
    await talk.ask("D")
    await talk.regenerate("B")
    assert talk.told() == "A"
    assert await talk.shown() == "AB"
    # An answer that came after the question was edited belongs to it.
    await talk.regenerate("A")
    await talk.ask("E", edit=talk.ids["B"])
    assert talk.told() == "A"
    messages = (await talk.listed())["messages"]
    assert [each["content"] for each in messages if each["role"] == "assistant"].count("a") == 2


async def test_resuming_a_session_reads_the_branch_that_it_shows(talk: Talk) -> None:
    await talk.ask("A")
    await talk.ask("B", edit=talk.ids["A"])
    for question in ("B", "A"):
        await talk.switch(talk.ids[question])
        await talk.socket.send(type="resume", session_id=talk.session_id)
        assert (await talk.socket.until_the_end())[-1]["id"] == talk.ids[question]


async def test_an_answer_on_either_branch_is_stopped_rated_and_read_by_its_id(
    talk: Talk, alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as other:
        await talk.ask("A")
        engine.say("half")
        await talk.socket.ask("B", edit=talk.ids["A"])
        running = (await talk.socket.frame())["data"]["id"]
        await other.send(type="stop", id=running)
        assert (await talk.socket.until_the_end())[-1]["status"] == "stopped"
        for id, text in ((talk.ids["A"], "a"), (running, "half")):
            await other.send(type="feedback", id=id, rating="up")
            assert (await other.frame())["message"] == "feedback saved"
            await other.send(type="resume", id=id)
            assert whole_text(await other.until_the_end()) == text


async def test_followers_are_told_that_another_branch_is_shown(talk: Talk, alice: Connect) -> None:
    async with alice() as second:
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
    talk: Talk, alice: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.answers.session_feed.POLL_S", 0.01)
    loop, looked, look = asyncio.get_running_loop(), asyncio.Event(), branches.shown_in

    def shown_in(ids: Collection[UUID]) -> dict[UUID, UUID | None]:
        shown = look(ids)
        loop.call_soon_threadsafe(looked.set)
        return shown

    async with alice() as second:
        await talk.ask("A")
        await talk.ask("B", edit=talk.ids["A"])
        monkeypatch.setattr(branches, "shown_in", shown_in)
        await second.send(type="follow", session_id=talk.session_id)
        await second.frame()
        await looked.wait()
        await ChatSession.objects.filter(pk=talk.session_id).aupdate(branch=None)
        assert (await second.frame())["data"]["event"] == "branch"
        assert await second.is_silent()
