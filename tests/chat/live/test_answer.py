"""The growing text, and its readers."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.live.answer import GrowingText, LiveAnswer, Outcome, Progress, Stage, Status
from core.errors import Conflict

COMPLETE = Outcome(Status.COMPLETE)


def live_answer() -> LiveAnswer:
    return LiveAnswer("a1", "s1")


async def text_of(steps: AsyncIterator[Progress]) -> str:
    return "".join([step.text async for step in steps])


@given(st.lists(st.text(min_size=1).filter(lambda t: t.isprintable())), st.data())
def test_a_text_from_any_reached_offset_on(pieces: list[str], data: st.DataObject) -> None:
    text = GrowingText()
    for piece in pieces:
        text.append(piece)
    whole = "".join(pieces)
    characters = data.draw(st.integers(0, len(whole)))
    assert text.since(len(whole[:characters].encode())) == whole[characters:]
    assert str(text) == whole
    assert text.size == len(whole.encode())
    assert text.since(len(whole[:characters].encode())) == whole[characters:]


def test_offsets_that_cannot_be_reached_are_refused() -> None:
    text = GrowingText("é")
    with pytest.raises(Conflict, match="beyond"):
        text.since(3)
    with pytest.raises(Conflict, match="middle of a character"):
        text.since(1)


async def test_a_reader_gets_all_that_is_written() -> None:
    answer = live_answer()
    reading = asyncio.create_task(text_of(answer.read()))
    for piece in ["RAG", "Flow", "。"]:
        answer.write(piece)
        await asyncio.sleep(0)
    answer.end(COMPLETE)
    assert await reading == "RAGFlow。"


async def test_a_slow_reader_gets_one_bigger_piece() -> None:
    answer = live_answer()
    answer.write("one ")
    steps = answer.read()
    assert (await anext(steps)).text == "one "
    for piece in ["two ", "three ", "four"]:
        answer.write(piece)
    assert await anext(steps) == Progress("two three four", 18, "", Stage.ANSWERING)


async def test_each_reader_starts_at_its_own_offset() -> None:
    answer = live_answer()
    answer.write("RAGFlow")
    answer.end(COMPLETE)
    assert await text_of(answer.read(3)) == "Flow"
    assert await text_of(answer.read(7)) == ""
    with pytest.raises(Conflict):
        await text_of(answer.read(8))


async def test_reasoning_is_repeated_only_if_an_offset_is_given() -> None:
    answer = live_answer()
    answer.write_reasoning("hmm")
    answer.write("Yes")
    answer.end(COMPLETE)
    assert [step.reasoning async for step in answer.read(0, None)] == [""]
    assert [step.reasoning async for step in answer.read(0, 1)] == ["mm"]


async def test_the_first_ending_counts() -> None:
    answer = live_answer()
    answer.end(Outcome(Status.STOPPED))
    answer.end(COMPLETE)
    assert answer.outcome == Outcome(Status.STOPPED)


async def test_a_cancelled_reader_does_not_affect_others() -> None:
    answer = live_answer()
    leaving = asyncio.create_task(text_of(answer.read()))
    staying = asyncio.create_task(text_of(answer.read()))
    await asyncio.sleep(0)
    leaving.cancel()
    answer.write("still here")
    answer.end(COMPLETE)
    assert await staying == "still here"
