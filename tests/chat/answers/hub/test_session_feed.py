"""Who is told at once of what is new, and who is woken for it."""

import asyncio

import pytest

from chat.live.answer import LiveAnswer, Reader


def broken() -> bool:
    raise OSError("The socket is gone")


async def waiting(work: "asyncio.Task[None]") -> None:
    """Until it waits for the bell."""
    await asyncio.wait([work], timeout=0)


async def test_nobody_is_woken_for_what_was_dealt_with_at_once() -> None:
    answer, seen = LiveAnswer("a1", "s1"), list[str]()
    follower = Reader(answer)

    def take() -> bool:
        news = follower.news()
        seen.append(news.text if news else "")
        return len(seen) < 3

    woken = asyncio.create_task(answer.rung(take))
    await waiting(woken)
    for piece in ["one ", "two "]:
        answer.write(piece)
    await waiting(woken)
    assert seen == ["one ", "two "]
    assert not woken.done()

    answer.write("three")
    await woken
    answer.write("four")
    assert seen == ["one ", "two ", "three"]


async def test_what_goes_wrong_is_for_the_follower_not_for_the_writer() -> None:
    answer = LiveAnswer("a1", "s1")
    gone, other = (asyncio.create_task(answer.rung(at_once)) for at_once in (broken, None))
    await waiting(gone)
    answer.write("Hello")
    with pytest.raises(OSError, match="gone"):
        await gone
    await other


async def test_who_left_is_not_asked_again() -> None:
    answer, asked = LiveAnswer("a1", "s1"), list[str]()

    def take() -> bool:
        asked.append("")
        return True

    left = asyncio.create_task(answer.rung(take))
    await waiting(left)
    left.cancel()
    await asyncio.wait([left])
    answer.write("Hello")
    assert asked == []
