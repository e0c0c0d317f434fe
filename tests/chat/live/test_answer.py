"""The growing text, and those who follow it."""

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


def test_offsets_nobody_can_have_are_refused() -> None:
    text = GrowingText("é")
    with pytest.raises(Conflict, match="beyond"):
        text.since(3)
    with pytest.raises(Conflict, match="middle of a character"):
        text.since(1)


async def test_a_follower_sees_all_that_is_written() -> None:
    answer = live_answer()
    reading = asyncio.create_task(text_of(answer.follow()))
    for piece in ["RAG", "Flow", "。"]:
        answer.write(piece)
        await asyncio.sleep(0)
    answer.end(COMPLETE)
    assert await reading == "RAGFlow。"


async def test_a_slow_follower_gets_one_bigger_piece() -> None:
    answer = live_answer()
    answer.write("one ")
    steps = answer.follow()
    assert (await anext(steps)).text == "one "
    for piece in ["two ", "three ", "four"]:
        answer.write(piece)
    assert await anext(steps) == Progress("two three four", 18, "", Stage.ANSWERING)


async def test_followers_stand_where_they_like() -> None:
    answer = live_answer()
    answer.write("RAGFlow")
    answer.end(COMPLETE)
    assert await text_of(answer.follow(3)) == "Flow"
    assert await text_of(answer.follow(7)) == ""
    with pytest.raises(Conflict):
        await text_of(answer.follow(8))


async def test_thinking_is_repeated_only_to_those_who_ask() -> None:
    answer = live_answer()
    answer.think("hmm")
    answer.write("Yes")
    answer.end(COMPLETE)
    assert [step.reasoning async for step in answer.follow(0, None)] == [""]
    assert [step.reasoning async for step in answer.follow(0, 1)] == ["mm"]


async def test_the_first_ending_counts() -> None:
    answer = live_answer()
    answer.end(Outcome(Status.STOPPED))
    answer.end(COMPLETE)
    assert answer.outcome == Outcome(Status.STOPPED)


async def test_a_follower_who_leaves_disturbs_nobody() -> None:
    answer = live_answer()
    leaving = asyncio.create_task(text_of(answer.follow()))
    staying = asyncio.create_task(text_of(answer.follow()))
    await asyncio.sleep(0)
    leaving.cancel()
    answer.write("still here")
    answer.end(COMPLETE)
    assert await staying == "still here"
