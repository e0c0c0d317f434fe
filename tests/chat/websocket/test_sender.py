"""When the server closes a socket by itself. The clock is the test's: nothing here waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chat.websocket.sender import STALL_CHECKS, Sender
from core.close_codes import NORMAL, POLICY_VIOLATION, SERVICE_RESTART

STALLED_S = 30


class Loop(asyncio.SelectorEventLoop):
    """Its clock stands still until `pass_time`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[asyncio.TimerHandle] = []
        super().__init__()

    def time(self) -> float:
        return self.now

    def call_at(  # type: ignore[override] # passed on as it is
        self, when: float, *what: Any, **how: Any
    ) -> asyncio.TimerHandle:
        self.timers.append(super().call_at(when, *what, **how))
        return self.timers[-1]

    async def pass_time(self, seconds: float) -> None:
        """Timers fire one after the other, each at its time."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + STALLED_S / STALL_CHECKS / 5)
            for _ in range(3):
                await asyncio.sleep(0)


class Reader:
    """A server's `send`: it waits as long as the client reads nothing."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.has_left = False

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            await self.takes.wait()
        if self.has_left:
            raise BrokenPipeError("The peer has left")
        self.messages.append(message)

    @property
    def closed_with(self) -> int | None:
        closes = [m["code"] for m in self.messages if m["type"] == "websocket.close"]
        assert len(closes) <= 1
        return closes[0] if closes else None


@pytest.fixture(autouse=True)
def stalled_after(settings: Any) -> None:
    settings.STALLED_READER_S = STALLED_S


def with_fake_clock(story: Callable[[Loop, Reader], Any]) -> None:
    with asyncio.Runner(loop_factory=Loop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Loop)

        async def run() -> None:
            await story(loop, Reader())

        runner.run(run())
        # No timer is left that would fire later.
        assert all(timer.cancelled() or timer.when() <= loop.now for timer in loop.timers)


def test_a_socket_that_is_not_read_is_closed() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        closing = asyncio.Event()
        sender = Sender(reader.send, closing.set)
        await sender.send_text("taken")
        reader.takes.clear()
        stuck = asyncio.create_task(sender.send_text("not taken"))
        await loop.pass_time(STALLED_S - 1)
        assert reader.closed_with is None
        await loop.pass_time(STALLED_S / STALL_CHECKS + 2)
        assert reader.closed_with == POLICY_VIOLATION
        assert closing.is_set()
        reader.takes.set()
        await stuck
        sender.cancel_timers()

    with_fake_clock(story)


def test_a_socket_that_is_read_slowly_is_not_closed() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        sender = Sender(reader.send)
        for number in range(5):
            reader.takes.clear()
            slow = asyncio.create_task(sender.send_text(str(number)))
            await loop.pass_time(STALLED_S * 0.7)
            reader.takes.set()
            await slow
        assert reader.closed_with is None
        await loop.pass_time(STALLED_S)

    with_fake_clock(story)


def test_a_socket_with_nothing_to_send_is_not_closed() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        sender = Sender(reader.send)
        await sender.send_text("taken")
        await loop.pass_time(10 * STALLED_S)
        assert reader.closed_with is None
        # The checks begin again with the next frame.
        reader.takes.clear()
        stuck = asyncio.create_task(sender.send_text("not taken"))
        await loop.pass_time(2 * STALLED_S)
        assert reader.closed_with == POLICY_VIOLATION
        reader.takes.set()
        await stuck
        sender.cancel_timers()

    with_fake_clock(story)


def test_the_first_of_several_closing_times_counts() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        closing: list[None] = []
        sender = Sender(reader.send, lambda: closing.append(None))
        sender.close_in(4 * 3600, SERVICE_RESTART, "Please connect again")
        sender.close_in(60, POLICY_VIOLATION, "The credential has expired")
        sender.close_in(90, NORMAL, "")
        await loop.pass_time(59)
        assert reader.messages == []
        await loop.pass_time(60)
        [close] = reader.messages
        assert (close["code"], close["reason"]) == (POLICY_VIOLATION, "The credential has expired")
        assert len(closing) == 1
        sender.cancel_timers()

    with_fake_clock(story)


def test_a_credential_that_has_expired_already_closes_at_once() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        sender = Sender(reader.send)
        sender.close_in(-5, POLICY_VIOLATION, "The credential has expired")
        await loop.pass_time(1)
        assert reader.closed_with == POLICY_VIOLATION

    with_fake_clock(story)


def test_a_socket_that_is_gone_is_not_closed() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        sender = Sender(reader.send)
        await sender.send_text("taken")
        sender.close_in(60, SERVICE_RESTART, "Please connect again")
        sender.cancel_timers()
        await loop.pass_time(100)
        assert reader.closed_with is None

    with_fake_clock(story)


def test_closing_after_the_client_left_is_no_error() -> None:
    async def story(loop: Loop, reader: Reader) -> None:
        sender = Sender(reader.send)
        sender.close_in(60, SERVICE_RESTART, "Please connect again")
        sender.close_in(90, POLICY_VIOLATION, "The credential has expired")
        reader.has_left = True
        await loop.pass_time(61)
        with pytest.raises(OSError, match="has left"):
            await sender.send_text("still there?")
        sender.cancel_timers()

    with_fake_clock(story)
