"""Limits of questions, of running answers, and of the model's tokens; what counts as how much."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.identity import Identity
from accounts.limits.kinds import MODEL_TOKENS
from accounts.limits.parties import token_party
from accounts.limits.usage import reset_usage, usage_of
from accounts.tickets.tickets import issue_ticket
from chat.answers import service
from chat.answers.requests import Ask
from chat.engines.base import Delta, EngineFailed, Event, Reasoning, Usage
from chat.engines.token_estimate import estimate_tokens
from chat.models import ChatSession, Dialog, Message
from ragws.server_hub import hub
from tests.chat.conftest import Connect
from tests.support.clock import TO_MIDNIGHT_S, Clock, use_clock_for_limits
from tests.support.communicator import Socket, connected, whole_text
from tests.support.scripted_engine import BACKEND, ScriptedEngine
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

QUESTION = "What is RAGFlow?"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    use_clock_for_limits(clock, monkeypatch)
    return clock


async def answered(socket: Socket, engine: ScriptedEngine, **fields: Any) -> Any:
    """The completion frame."""
    engine.say("It is.")
    engine.end()
    await socket.ask(QUESTION, **fields)
    frames = await socket.until_the_end()
    assert whole_text(frames) == "It is.", frames
    return frames[-1]


async def refused(socket: Socket, **fields: Any) -> Any:
    await socket.ask(QUESTION, **fields)
    frame = await socket.frame()
    assert frame["code"] == 429, frame
    assert frame["data"]["answer"] == f"**ERROR**: {frame['message']}"
    return frame


@sync_to_async
def rows() -> int:
    return Message.objects.count() + ChatSession.objects.count()


async def test_questions_a_minute(
    settings: Any, clock: Clock, alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_QUESTIONS_PER_MINUTE = 2
    async with alice() as socket:
        for _ in range(2):
            await answered(socket, engine)
        before = await rows()
        frame = await refused(socket, request_id="r1")
        assert frame["message"] == "At most 2 questions a minute for this API token"
        assert (frame["data"]["retry_after"], frame["data"]["request_id"]) == (60, "r1")
        assert await rows() == before, "a question that is refused leaves nothing behind"
        clock.advance(60)
        await answered(socket, engine, request_id="r1")


async def test_answers_at_once(settings: Any, alice: Connect, engine: ScriptedEngine) -> None:
    settings.TOKEN_ANSWERS_AT_ONCE = 1
    async with alice() as first, alice() as second:
        engine.say("It ")
        await first.ask(QUESTION)
        await first.text()
        assert (await refused(second))["data"]["retry_after"] == 5
        engine.say("is.")
        engine.end()
        await first.until_the_end()
        # At once: its lease is released before its readers get the end.
        await answered(second, engine)


async def test_the_model_s_tokens_a_day(
    settings: Any, clock: Clock, alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_MODEL_TOKENS_PER_DAY, settings.MODEL_TOKENS_SET_ASIDE = 1000, 400
    async with alice() as socket:
        engine.emit(Usage(500, 101))
        await answered(socket, engine)
        frame = await refused(socket)
        assert frame["message"] == "At most 1000 tokens of the model a day for this API token"
        assert frame["data"]["retry_after"] == TO_MIDNIGHT_S
        clock.advance(TO_MIDNIGHT_S)
        await answered(socket, engine)


async def test_what_others_have_set_aside(
    settings: Any, alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_MODEL_TOKENS_PER_DAY, settings.MODEL_TOKENS_SET_ASIDE = 1000, 600
    async with alice() as first, alice() as second:
        engine.say("It ")
        await first.ask(QUESTION)
        await first.text()
        assert (await refused(second))["data"]["retry_after"] == 5
        engine.emit(Usage(10, 2))
        engine.end()
        await first.until_the_end()
        await answered(second, engine)


@pytest.fixture
def used(settings: Any, world: World) -> Callable[[], int]:
    settings.TOKEN_MODEL_TOKENS_PER_DAY = 100_000

    def used() -> int:
        [reading] = [
            reading
            for reading in usage_of(token_party(world.alice.token_row))
            if reading.meter.kind is MODEL_TOKENS
        ]
        assert reading.held == 0, "nothing stays set aside"
        return reading.used

    return used


ASKED = estimate_tokens(QUESTION)


@pytest.mark.parametrize(
    ("events", "cost"),
    [
        ([Delta("It is."), Usage(7, 2)], 9),
        ([Usage(7, 2)], 9),
        ([Usage(0, 0)], 0),
        ([Delta("It is.")], ASKED + estimate_tokens("It is.")),
        (
            [Reasoning("Well. "), Delta("是。")],
            ASKED + estimate_tokens("Well. ") + estimate_tokens("是。"),
        ),
    ],
)
async def test_an_answer_costs_what_the_model_counts_or_else_an_estimate(
    used: Callable[[], int],
    alice: Connect,
    engine: ScriptedEngine,
    events: list[Event],
    cost: int,
) -> None:
    async with alice() as socket:
        engine.emit(*events)
        engine.end()
        await socket.ask(QUESTION)
        await socket.until_the_end()
    assert used() == cost


@pytest.mark.parametrize(("said", "cost"), [("", 0), ("It is", ASKED + estimate_tokens("It is"))])
async def test_a_failed_answer_costs_nothing_unless_it_has_text(
    used: Callable[[], int], alice: Connect, engine: ScriptedEngine, said: str, cost: int
) -> None:
    async with alice() as socket:
        engine.say(said)
        engine.fail(EngineFailed("The model's server is away"))
        await socket.ask(QUESTION)
        assert (await socket.until_the_end())[-1]["status"] == "failed"
    assert used() == cost


async def test_stopping_is_not_free(
    used: Callable[[], int], alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        engine.say("It is")
        await socket.ask(QUESTION)
        chunk = await socket.frame()
        await socket.send(type="stop", id=chunk["data"]["id"])
        assert (await socket.until_the_end())[-1]["status"] == "stopped"
    assert used() == ASKED + estimate_tokens("It is")


async def test_stopping_before_the_first_token_is_not_free(
    used: Callable[[], int], alice: Connect, engine: ScriptedEngine
) -> None:
    """The model has read the question: that is what models charge for first."""
    async with alice() as socket:
        await socket.ask(QUESTION, request_id="r1")
        while not engine.prompts:  # noqa: ASYNC110 - an engine sets no event
            await asyncio.sleep(0)
        await socket.send(type="stop", request_id="r1")
        assert (await socket.until_the_end())[-1]["status"] == "stopped"
    assert used() == ASKED


async def test_an_estimate_is_no_more_than_the_engine_sends(
    settings: Any, used: Callable[[], int], alice: Connect, engine: ScriptedEngine
) -> None:
    settings.ENGINES = {
        **settings.ENGINES,
        "scripted": {
            "BACKEND": BACKEND,
            "CONTEXT_TOKENS": 3,
        },
    }
    async with alice() as socket:
        await answered(socket, engine)
    assert used() == 3 + estimate_tokens("It is.")


async def test_without_a_model_there_is_nothing_to_count(
    used: Callable[[], int], world: World
) -> None:
    async with connected(world.alice, world.dialog.pk.hex) as socket:
        await socket.ask(QUESTION)
        assert whole_text(await socket.until_the_end())
    assert used() == 0


async def test_an_answer_counts_even_if_the_client_leaves(
    used: Callable[[], int], alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        engine.say("It ")
        await socket.ask(QUESTION)
        chunk = await socket.frame()
    engine.say("is.")
    engine.emit(Usage(7, 2))
    engine.end()
    async with alice() as socket:
        await socket.send(type="resume", id=chunk["data"]["id"])
        await socket.until_the_end()
    assert used() == 9


async def test_the_same_request_again_takes_nothing(
    settings: Any, used: Callable[[], int], alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_QUESTIONS_PER_MINUTE = 2
    async with alice() as socket:
        first = await answered(socket, engine, request_id="r1")
        cost = used()
        for _ in range(3):
            await socket.ask(QUESTION, request_id="r1")
            assert (await socket.until_the_end())[-1]["id"] == first["id"]
        await answered(socket, engine)
        await refused(socket)
        await refused(socket, request_id="r2")
        # No limit is in the way of what was answered.
        await socket.ask(QUESTION, request_id="r1")
        assert (await socket.until_the_end())[-1]["id"] == first["id"]
    assert used() == 2 * cost


async def test_a_question_that_is_refused_holds_no_lease(
    settings: Any, used: Callable[[], int], alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_ANSWERS_AT_ONCE = 1
    async with alice() as socket:
        await socket.send(chat_id="0" * 32, question=QUESTION)
        assert (await socket.frame())["code"] == 404
        await socket.send(type="regenerate", id="0" * 32)
        assert (await socket.frame())["code"] == 404
        assert used() == 0
        await answered(socket, engine)


async def test_regenerating_counts_as_a_question(
    settings: Any, alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_QUESTIONS_PER_MINUTE = 2
    async with alice() as socket:
        first = await answered(socket, engine)
        engine.say("It was.")
        engine.end()
        await socket.send(type="regenerate", id=first["id"])
        again = await socket.until_the_end()
        assert whole_text(again) == "It was."
        await socket.send(type="regenerate", id=first["id"])
        frame = await socket.frame()
        assert (frame["code"], frame["data"]["id"]) == (429, first["id"])


async def test_racing_questions_get_no_more_answers_than_allowed(
    settings: Any, world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    settings.TOKEN_ANSWERS_AT_ONCE = 2
    identity = Identity(world.alice.user, "token", token_id=world.alice.token_row.pk)
    questions = [
        service.ask(identity, Ask(chat_id=dialog.pk.hex, question=QUESTION), hub) for _ in range(6)
    ]
    begun = await asyncio.gather(*questions, return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in begun) == 2
    assert await sync_to_async(Message.objects.filter(role="user").count)() == 2


async def test_end_users_have_limits_of_their_own(
    settings: Any, world: World, dialog: Dialog, engine: ScriptedEngine
) -> None:
    settings.END_USER_QUESTIONS_PER_MINUTE = 1

    @sync_to_async
    def ticket(name: str) -> str:
        return issue_ticket(authenticate(Credentials((world.alice.token,))), end_user=name)

    async def visit(name: str) -> Any:
        path = f"/v1/ws/chat?ticket={await ticket(name)}"
        return connected(world.alice, dialog.pk.hex, path)

    async with await visit("visitor 7") as socket:
        await answered(socket, engine)
    async with await visit("visitor 7") as socket:
        assert (await refused(socket))["message"].endswith("for this end user")
    async with await visit("visitor 8") as socket:
        await answered(socket, engine)


async def test_after_a_reset_questions_are_allowed_again(
    settings: Any, world: World, alice: Connect, engine: ScriptedEngine
) -> None:
    settings.TOKEN_QUESTIONS_PER_MINUTE = 1
    async with alice() as socket:
        await answered(socket, engine)
        await refused(socket)
        reset_usage(token_party(world.alice.token_row))
        await answered(socket, engine)


async def test_an_error_while_counting_does_not_spoil_the_answer(
    used: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    alice: Connect,
    engine: ScriptedEngine,
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("chat.answers.hub.cost_of", broken)
    async with alice() as socket:
        completion = await answered(socket, engine)
    assert completion["status"] == "complete"
    assert "could not be counted" in caplog.text
    answer = await sync_to_async(Message.objects.get)(pk=UUID(completion["id"]))
    assert answer.status == "complete"
    assert used() == 0
