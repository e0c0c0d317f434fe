"""Waiting readers: which deal with new text inline, and which are woken for it."""

import asyncio

import pytest

from chat.live.answer import LiveAnswer, Reader


def broken() -> bool:
    raise OSError("The socket is gone")


async def until_it_waits(task: "asyncio.Task[None]") -> None:
    await asyncio.wait([task], timeout=0)


async def test_a_task_is_not_woken_for_what_was_handled_inline() -> None:
    answer, seen = LiveAnswer("a1", "s1"), list[str]()
    reader = Reader(answer)

    def handle() -> bool:
        progress = reader.take_new()
        seen.append(progress.text if progress else "")
        return len(seen) < 3

    waiting = asyncio.create_task(answer.changed(handle))
    await until_it_waits(waiting)
    for piece in ["one ", "two "]:
        answer.write(piece)
    await until_it_waits(waiting)
    assert seen == ["one ", "two "]
    assert not waiting.done()

    answer.write("three")
    await waiting
    answer.write("four")
    assert seen == ["one ", "two ", "three"]


async def test_an_error_of_a_reader_does_not_reach_the_writer_or_other_readers() -> None:
    answer = LiveAnswer("a1", "s1")
    failing, other = (asyncio.create_task(answer.changed(handle)) for handle in (broken, None))
    await until_it_waits(failing)
    answer.write("Hello")
    with pytest.raises(OSError, match="gone"):
        await failing
    await other


async def test_a_cancelled_reader_is_not_called_again() -> None:
    answer, calls = LiveAnswer("a1", "s1"), list[str]()

    def handle() -> bool:
        calls.append("")
        return True

    cancelled = asyncio.create_task(answer.changed(handle))
    await until_it_waits(cancelled)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    answer.write("Hello")
    assert calls == []
