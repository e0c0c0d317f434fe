"""Streams of a remote RAGFlow that are cut, fall silent, or are stopped."""

from __future__ import annotations

import asyncio

import pytest

from chat.engines.base import Delta, EngineFailed, EngineTimedOut, SessionElsewhere
from tests.support.engine_prompts import collect_events, collect_until_silence, text_of
from tests.support.fakes.ragflow_releases import RELEASES, Answer, on_the_wire
from tests.support.fakes.ragflow_server import RAGFlowServer, Then
from tests.support.ragflow_prompts import ask, engine_for


def boundaries(body: bytes) -> dict[str, int]:
    """One of each kind."""
    character = body.index("检".encode())
    return {
        "in a character": character + 1,
        "in a line": body.index(b'"answer"') + 4,
        "between the line ends": body.index(b"\n\n") + 1,
        "between events": body.index(b"\n\n") + 2,
        "before the terminator": body.rindex(b"data:"),
        "in the terminator": len(body) - 8,
    }


@pytest.mark.parametrize("where", boundaries(on_the_wire(RELEASES["0.24.0"], Answer(), "s")))
async def test_pieces_may_be_cut_anywhere(remote: RAGFlowServer, where: str) -> None:
    body = remote.body_of_answer()
    whole, _ = await collect_events(engine_for(remote), ask())
    remote.will_cut(boundaries(body)[where], Then.GO_ON)

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events) == text_of(whole)


@pytest.mark.parametrize("then", [Then.END, Then.ABORT])
@pytest.mark.parametrize("where", boundaries(on_the_wire(RELEASES["0.24.0"], Answer(), "s")))
async def test_an_answer_without_its_end_is_a_failure_and_keeps_its_text(
    remote: RAGFlowServer, where: str, then: Then
) -> None:
    whole, _ = await collect_events(engine_for(remote), ask())
    remote.will_cut(boundaries(remote.body_of_answer())[where], then)

    events, failure = await collect_events(engine_for(remote), ask())

    assert isinstance(failure, EngineFailed)
    assert text_of(whole).startswith(text_of(events).removesuffix(" [ID:0][ID:1]"))
    if where == "before the terminator":
        assert text_of(events) == text_of(whole)


@pytest.mark.parametrize("where", ["between events", "before the terminator"])
async def test_silence_is_a_timeout_and_keeps_the_text(
    remote: RAGFlowServer, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.will_cut(boundaries(remote.body_of_answer())[where], Then.SILENCE)

    events, failure = await collect_until_silence(engine_for(remote), ask(), "RAGFlow", monkeypatch)

    assert isinstance(failure, EngineTimedOut)
    assert str(failure) == "RAGFlow fell silent for 5 s."
    assert text_of(events).startswith("RAGFlow")


async def test_stopping_closes_the_stream(remote: RAGFlowServer) -> None:
    body = remote.body_of_answer()
    remote.will_cut(body.index(b"\n\n") + 2, Then.SILENCE)
    answer = engine_for(remote).answer(ask())

    async for event in answer:
        if isinstance(event, Delta):
            break
    await answer.aclose()

    request = await remote.completion()
    async with asyncio.timeout(5):
        await request.hung_up.wait()


async def test_the_first_piece_is_told_before_the_next_one_comes(remote: RAGFlowServer) -> None:
    remote.gate = asyncio.Event()
    remote.will_cut(remote.body_of_answer().index(b"\n\n") + 2, Then.GO_ON)
    events = engine_for(remote).answer(ask())

    async with asyncio.timeout(5):
        assert isinstance(await anext(events), SessionElsewhere)
        first = await anext(events)
    assert isinstance(first, Delta)
    assert first.text.startswith("RAGFlow")
    remote.gate.set()
    await events.aclose()
