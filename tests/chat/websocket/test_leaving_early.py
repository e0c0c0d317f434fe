"""Clients that disconnect, or ask again, while their question is being opened."""

from __future__ import annotations

import asyncio
import gc

import pytest

from ragws.server_hub import hub
from tests.chat.conftest import Connect
from tests.support.communicator import whole_text
from tests.support.scripted_engine import ScriptedEngine


async def test_a_client_that_leaves_at_once_is_still_answered(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        await socket.ask("Where is Tilos?", request_id="early")
        await asyncio.sleep(0)
    engine.say("In Greece")
    engine.end()
    async with alice() as socket:
        await socket.ask("Where is Tilos?", request_id="early")
        frames = await socket.until_the_end()
    assert whole_text(frames) == "In Greece"
    assert frames[-1]["status"] == "complete"
    assert len(engine.prompts) == 1


async def test_a_refusal_after_the_client_left_is_not_logged_as_a_failure(
    alice: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    async with alice() as socket:
        await socket.ask("Where is Tilos?", chat_id="nowhere")
        while not hub._shielded:  # noqa: ASYNC110 - the moment sets no event
            await asyncio.sleep(0)
    while hub._shielded:  # noqa: ASYNC110 - nor does its end
        await asyncio.sleep(0)
    # asyncio logs an exception that was never retrieved when the task is collected.
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_drain_waits_for_questions_that_are_being_opened(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        await socket.ask("Where is Tilos?", request_id="late")
        while not hub._shielded:  # noqa: ASYNC110 - the moment sets no event
            await asyncio.sleep(0)
        await hub.drain(0)
        assert len(hub) == 0
        hub.draining = False
        frames = await socket.until_the_end()
    assert frames[-1]["status"] == "interrupted"


async def test_the_refused_question_of_two_names_the_running_answer(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.end()
    async with alice() as one, alice() as two:
        await one.ask("First")
        session = (await one.until_the_end())[-1]["session_id"]
        await one.ask("Second", session_id=session)
        await two.ask("Third", session_id=session)
        refused = await two.frame()
        assert refused["code"] == 409
        engine.say("Yes")
        engine.end()
        frames = await one.until_the_end()
    assert frames[-1]["status"] == "complete"
    assert refused["data"]["id"] == frames[-1]["id"]
