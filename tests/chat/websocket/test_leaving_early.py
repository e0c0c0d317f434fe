"""Who leaves, or comes twice, in the very moment in which a question is taken in."""

from __future__ import annotations

import asyncio
import gc

import pytest

from ragws.hub import hub
from tests.chat.conftest import Connect
from tests.support.communicator import whole_text
from tests.support.scripted_engine import ScriptedEngine


async def test_who_leaves_at_once_is_answered_all_the_same(
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


async def test_a_refusal_that_nobody_waits_for_is_no_failure(
    alice: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    async with alice() as socket:
        await socket.ask("Where is Tilos?", chat_id="nowhere")
        while not hub._shielded:  # noqa: ASYNC110 - the moment we wait for sets no event
            await asyncio.sleep(0)
    while hub._shielded:  # noqa: ASYNC110 - nor does its end
        await asyncio.sleep(0)
    # What nobody has asked a task for is told when it goes.
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_drain_waits_for_questions_being_taken_in(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        await socket.ask("Where is Tilos?", request_id="late")
        while not hub._shielded:  # noqa: ASYNC110 - the moment we wait for sets no event
            await asyncio.sleep(0)
        await hub.drain(0)
        assert len(hub) == 0
        hub.draining = False
        frames = await socket.until_the_end()
    assert frames[-1]["status"] == "interrupted"


async def test_two_questions_into_one_session_at_once(
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
