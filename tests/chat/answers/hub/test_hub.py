"""The hub brings every answer to its end and into the database, whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.revocation.socket_monitor import socket_monitor
from chat.answers.hub import Hub
from chat.answers.turn import Turn
from chat.engines.base import Delta, EngineFailed
from chat.live.answer import LiveAnswer, Status
from chat.models import ChatSession, Message
from core.broadcast import IDENTITIES, broadcaster
from core.errors import Conflict
from tests.support.credential_changes import deactivate, is_joined, revoke, set_password
from tests.support.live_answers import (
    OpenOne,
    ended,
    saved,
    until_text,
)
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def tasks_but_this() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.mark.parametrize("change", [revoke, deactivate])
async def test_an_answer_is_stopped_when_its_credential_is_revoked(
    world: World,
    hub: Hub,
    open_one: OpenOne,
    engine: ScriptedEngine,
    change: Callable[[World], None],
) -> None:
    identity = await sync_to_async(authenticate)(Credentials((world.alice.token,)))
    live = hub.start(await open_one(), identity=identity)
    engine.say("RAG")
    await until_text(live, "RAG")
    await is_joined(IDENTITIES)
    await sync_to_async(change)(world)
    assert await ended(live) == "RAG"
    assert live.outcome
    assert live.outcome.status is Status.STOPPED


async def test_an_answer_outlives_a_new_password_and_others_tokens(
    world: World, hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    jwt = await sync_to_async(world.alice.jwt)()
    identity = await sync_to_async(authenticate)(Credentials((jwt,)))
    live = hub.start(await open_one(), identity=identity)
    await is_joined(IDENTITIES)
    await sync_to_async(set_password)(world)
    await sync_to_async(revoke)(world)
    await socket_monitor()._check(socket_monitor()._sockets)
    engine.say("RAG", "Flow")
    engine.end()
    assert await ended(live) == "RAGFlow"


async def test_an_answer_is_streamed_and_saved(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    turn = await open_one()
    live = hub.start(turn)
    assert hub.find(live.id) is live
    assert live.id in hub
    engine.say("RAG", "Flow")
    engine.end()
    assert await ended(live) == "RAGFlow"
    assert live.outcome
    assert live.outcome.status is Status.COMPLETE
    assert hub.find(live.id) is None
    answer = await saved(turn.answer_id)
    assert (answer.content, answer.status, answer.hub) == ("RAGFlow", "complete", "tested")


async def test_stop_keeps_the_text_and_closes_the_engine(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    turn = await open_one()
    live = hub.start(turn)
    engine.say("RAG")
    await until_text(live, "RAG")
    hub.stop(live.id)
    hub.stop(live.id)
    assert await ended(live) == "RAG"
    assert engine.closed == 1
    answer = await saved(turn.answer_id)
    assert (answer.content, answer.status) == ("RAG", "stopped")
    hub.stop(live.id)
    hub.stop("nonsense")


async def test_an_answer_stopped_before_its_first_step_is_saved(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    """A task cancelled before its first step runs nothing of itself, not even a `finally`."""
    turn = await open_one()
    live = hub.start(turn)
    hub.stop(live.id)
    assert await ended(live) == ""
    assert engine.prompts == []
    assert (await saved(turn.answer_id)).status == "stopped"


async def test_an_engine_that_fails_before_its_first_step(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    turn = await open_one()
    engine.fail(EngineFailed("No credit"))
    live = hub.start(turn)
    assert await ended(live) == ""
    answer = await saved(turn.answer_id)
    assert (answer.status, answer.error_code, answer.error) == ("failed", 502, "No credit")
    assert answer.first_token_ms is None
    assert answer.total_ms is not None


async def test_an_engine_that_is_not_configured_is_an_error_of_ours(
    hub: Hub, open_one: OpenOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = await open_one()
    monkeypatch.setattr("chat.answers.generation.get_engine", {}.__getitem__)
    live = hub.start(turn)
    await ended(live)
    assert live.outcome
    assert live.outcome.error
    assert live.outcome.error.code == 500
    assert (await saved(turn.answer_id)).error == str(live.outcome.error)


async def test_drain_waits_for_answers_and_interrupts_those_that_take_too_long(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    quick, slow = await open_one(), await open_one()
    first = hub.start(quick)
    engine.say("Quick")
    await until_text(first, "Quick")
    second = hub.start(slow)
    while len(engine.prompts) < 2:  # noqa: ASYNC110 - an engine sets no event
        await asyncio.sleep(0)
    draining = asyncio.create_task(hub.drain(3600))
    engine.end()
    assert await ended(first) == "Quick"
    assert not draining.done()
    assert hub.draining
    # The second signal: drain without waiting.
    draining.cancel()
    await hub.drain(0)
    assert second.outcome
    assert second.outcome.status is Status.INTERRUPTED
    assert second.outcome.error
    assert second.outcome.error.code == 503
    assert (await saved(quick.answer_id)).status == "complete"
    assert (await saved(slow.answer_id)).status == "interrupted"


async def test_drain_interrupts_an_answer_that_stands_still(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    live = hub.start(await open_one())
    engine.say("RAG")
    await until_text(live, "RAG")
    await hub.drain(0.001, 3600)
    assert live.outcome
    assert live.outcome.status is Status.INTERRUPTED


async def test_drain_with_nothing_to_wait_for(hub: Hub) -> None:
    await hub.drain(3600)
    assert hub.draining


async def test_no_task_is_left_behind(
    hub: Hub,
    open_one: OpenOne,
    engine: ScriptedEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CHECKPOINT_S = 0.001
    monkeypatch.setattr("chat.answers.obsolete_pieces.DELETE_PIECES_S", 0.001)
    # The broadcaster stays: it is the loop's, not an answer's.
    broadcaster().subscribe("warm", print)
    before = tasks_but_this()
    for _ in range(3):
        live = hub.start(await open_one())
        engine.end()
        await ended(live)
    async with asyncio.timeout(5):
        while left := tasks_but_this() - before:
            await asyncio.wait(left)


async def test_an_answer_deleted_with_its_session_is_stopped(
    rag: tuple[Turn, LiveAnswer], engine: ScriptedEngine
) -> None:
    turn, live = rag
    await ChatSession.objects.filter(pk=turn.session_id).adelete()
    engine.say("Flow")
    await ended(live)
    assert live.outcome
    assert live.outcome.status is Status.STOPPED
    assert engine.closed == 1


async def test_an_answer_that_another_process_has_ended_ends_as_that_one_said(
    rag: tuple[Turn, LiveAnswer], engine: ScriptedEngine
) -> None:
    turn, live = rag
    await Message.objects.filter(pk=turn.answer_id).aupdate(
        status="interrupted", content="RA", error_code=503, error="Lost"
    )
    reading = live.read(offset=live.text.size)
    engine.say("Flow")
    # It was shown more than is kept, and has to start over.
    with pytest.raises(Conflict, match="beyond the 2 bytes"):
        async for _ in reading:
            pass
    assert await ended(live) == "RA"
    assert live.outcome
    assert (live.outcome.status, str(live.outcome.error)) == (Status.INTERRUPTED, "Lost")
    assert engine.closed == 1
    assert (await saved(turn.answer_id)).content == "RA"


async def test_a_question_is_answered_though_the_client_left_while_it_was_saved(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine
) -> None:
    is_saved = asyncio.Event()

    async def opening() -> LiveAnswer:
        turn = await open_one()
        is_saved.set()
        return hub.start(turn)

    asking = asyncio.create_task(hub.run_shielded(opening()))
    await asyncio.sleep(0)
    asking.cancel()
    await is_saved.wait()
    assert asking.cancelled() or asking.cancelling()
    engine.emit(Delta("RAGFlow"))
    engine.end()
    await hub.drain(3600)
    answers = Message.objects.filter(role="assistant").values_list("content", "status")
    assert [row async for row in answers] == [("RAGFlow", "complete")]


async def test_a_whole_answer_that_is_stopped_is_complete(
    hub: Hub, open_one: OpenOne, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what could be asked next is still being looked for."""
    is_looking = asyncio.Event()

    async def look_for_ever(_: object) -> None:
        is_looking.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("chat.answers.generation._suggest_in_thread", look_for_ever)
    turn = replace(await open_one(), wants_suggestions=True)
    live = hub.start(turn)
    engine.say("RAGFlow")
    engine.end()
    await is_looking.wait()
    hub.stop(live.id)
    assert await ended(live) == "RAGFlow"
    assert (await saved(turn.answer_id)).status == "complete"
