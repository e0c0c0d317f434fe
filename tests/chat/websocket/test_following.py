"""Sessions followed from a second device, other answers to a question, feedback, notices."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.live.answer import LiveAnswer
from chat.models import Dialog, Message
from ragws.server_hub import hub
from tests.chat.conftest import Connect
from tests.support.bad_frames import UNKNOWN_ID
from tests.support.communicator import whole_text
from tests.support.scripted_engine import ScriptedEngine

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


async def test_a_second_device_sees_what_is_asked_on_the_first(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.say("Hi")
    engine.end()
    async with alice() as first, alice() as second:
        await first.ask("Who?")
        session_id = (await first.until_the_end())[-1]["session_id"]
        await second.send(type="follow", session_id=session_id)
        assert (await second.frame())["message"] == "following"
        await first.ask("Where?", session_id=session_id)
        engine.say("Here")
        engine.end()
        question, *frames = await second.until_the_end()
        assert question["data"]["event"] == "question"
        assert (question["data"]["question"], question["data"]["answer"]) == ("Where?", "")
        assert whole_text(frames) == whole_text(await first.until_the_end()) == "Here"
        await second.send(type="unfollow", session_id=session_id)
        assert (await second.frame())["message"] == "not following"
        engine.say("Later")
        engine.end()
        await first.ask("When?", session_id=session_id)
        await first.until_the_end()
        assert await second.is_silent()


async def test_answers_to_own_questions_are_not_sent_twice(
    alice: Connect, engine: ScriptedEngine
) -> None:
    for text in ("One", "Two"):
        engine.say(text)
        engine.end()
    async with alice() as socket:
        await socket.ask("First?")
        session_id = (await socket.until_the_end())[-1]["session_id"]
        await socket.send(type="follow", session_id=session_id)
        await socket.frame()
        await socket.ask("Second?", session_id=session_id)
        assert whole_text(await socket.until_the_end()) == "Two"
        assert await socket.is_silent()


async def test_a_question_is_answered_again(alice: Connect, engine: ScriptedEngine) -> None:
    for text in ("Maybe", "Certainly"):
        engine.say(text)
        engine.end()
    async with alice() as socket:
        await socket.ask("Is it?")
        first = (await socket.until_the_end())[-1]
        await socket.send(type="regenerate", id=first["id"])
        frames = await socket.until_the_end()
        again = frames[-1]
    assert whole_text(frames) == "Certainly"
    assert again["session_id"] == first["session_id"]
    assert again["id"] != first["id"]
    answers = Message.objects.filter(role="assistant").values_list("content", flat=True)
    assert {content async for content in answers} == {"Certainly", "Maybe"}
    assert engine.prompts[1].history == ()


async def test_feedback_is_saved_with_the_answer(alice: Connect, engine: ScriptedEngine) -> None:
    engine.say("Maybe")
    engine.end()
    async with alice() as socket:
        await socket.ask("Is it?")
        answer_id = (await socket.until_the_end())[-1]["id"]
        await socket.send(type="feedback", id=answer_id, rating="down", comment="Vague")
        assert (await socket.frame())["data"]["rating"] == "down"
        await socket.send(type="feedback", id=answer_id, rating="five stars")
        assert "`rating`" in (await socket.frame())["message"]
    row = await Message.objects.aget(pk=answer_id)
    assert (row.rating, row.comment) == ("down", "Vague")


async def test_another_user_can_neither_follow_nor_regenerate_nor_rate(
    alice: Connect, bob: Connect, engine: ScriptedEngine
) -> None:
    engine.say("Hi")
    engine.end()
    async with alice() as socket, bob() as stranger:
        await socket.ask("Who?")
        end = (await socket.until_the_end())[-1]
        for frame in (
            {"type": "follow", "session_id": end["session_id"]},
            {"type": "regenerate", "id": end["id"]},
            {"type": "feedback", "id": end["id"], "rating": "up"},
        ):
            await stranger.send(**frame)
            assert (await stranger.frame())["code"] == 404


async def test_a_notice_from_the_admin_reaches_the_followers(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.say("Hi")
    engine.end()
    async with alice() as following, alice() as other:
        await following.ask("Who?")
        session_id = (await following.until_the_end())[-1]["session_id"]
        await following.send(type="follow", session_id=session_id)
        await following.frame()
        # The process joins the group in a task of its own.
        await asyncio.sleep(0)
        page = await sync_to_async(send_notice)(session_id, "Back soon")
        assert "sent to 1 connection." in page
        frame = await following.frame()
        assert frame["data"]["event"] == "notice"
        assert frame["data"]["notice"] == frame["message"] == "Back soon"
        assert await other.is_silent()
    assert "empty" in await sync_to_async(send_notice)(session_id, " ")


async def test_notices_for_everyone_reach_who_asked_for_them(
    alice: Connect, bob: Connect, engine: ScriptedEngine
) -> None:
    engine.say("Hi")
    engine.end()
    async with alice() as asking, bob() as listening, alice() as silent:
        await listening.send(type="notices")
        assert (await listening.frame())["message"] == "notices"
        await listening.send(type="follow", session_id=UNKNOWN_ID)
        assert (await listening.frame())["code"] == 404
        await asking.ask("Who?")
        session_id = (await asking.until_the_end())[-1]["session_id"]
        # The end of what is followed does not end the notices.
        await asking.send(type="notices")
        await asking.frame()
        await asking.send(type="follow", session_id=session_id)
        await asking.frame()
        await asking.send(type="unfollow", session_id=session_id)
        await asking.frame()
        page = await sync_to_async(send_notice)(session_id, "Back", "send_notice_to_everyone")
        assert "sent to 2 connections" in page
        assert (await listening.frame())["data"]["notice"] == "Back"
        assert (await asking.frame())["data"]["notice"] == "Back"
        assert await silent.is_silent()


def send_notice(session_id: str, notice: str, action: str = "send_notice") -> str:
    root = User.objects.filter(username="root").first()
    client = Client()
    client.force_login(root or User.objects.create_superuser("root"))
    data = {"action": action, "_selected_action": [session_id], "notice": notice}
    url = reverse("admin:chat_chatsession_changelist")
    return client.post(url, data, follow=True).content.decode()


async def test_an_unwatched_answer_is_stopped_to_save_cost(
    alice: Connect, engine: ScriptedEngine, dialog: Dialog, settings: object
) -> None:
    settings.CHECKPOINT_S = 0.01  # type: ignore[attr-defined]
    await Dialog.objects.filter(pk=dialog.pk).aupdate(stop_after_seconds_alone=0)
    async with alice() as socket:
        await socket.ask("What?")
        engine.say("RAG")
        answer_id = (await socket.frame())["data"]["id"]
        live = hub.find(answer_id)
        await socket.drop()
    assert isinstance(live, LiveAnswer)
    while not live.outcome:  # noqa: ASYNC110 - the hub checks periodically
        await asyncio.sleep(0.005)
    assert (await Message.objects.aget(pk=answer_id)).status == "stopped"
