"""Tokens at a chosen rate."""

import time

import pytest

from chat.engines.base import EngineFailed, Prompt, Usage
from chat.engines.load import LoadEngine
from tests.support.engine_prompts import collect_events, text_of


async def test_without_a_rate_the_tokens_come_at_once() -> None:
    events, failure = await collect_events(LoadEngine(), Prompt("bench n=20"))

    assert failure is None
    assert text_of(events).startswith("the quick brown fox ")
    assert len(events) == 21
    assert events[-1] == Usage(0, 20)


async def test_with_a_rate_every_token_says_when_it_was_due() -> None:
    start = time.monotonic_ns()

    events, _ = await collect_events(LoadEngine(), Prompt("bench n=5 rate=100"))

    due = [int(word.removeprefix("@")) for word in text_of(events).split()]
    assert [later - due[0] for later in due] == [0, 10_000_000, 20_000_000, 30_000_000, 40_000_000]
    assert start <= due[0]
    assert due[-1] <= time.monotonic_ns()


async def test_without_a_number_there_are_as_many_tokens_as_usual() -> None:
    events, _ = await collect_events(LoadEngine(), Prompt(" bench "))

    assert len(text_of(events).split()) == 200


@pytest.mark.parametrize("question", ["Hello?", "bench n=0", "bench n=ten", "bench x=1"])
async def test_another_question_is_refused(question: str) -> None:
    with pytest.raises(EngineFailed, match="`bench n=200 rate=20`"):
        await anext(LoadEngine().answer(Prompt(question)))
