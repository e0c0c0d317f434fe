"""A process that is too busy sends less often. Time is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from chat.live.load_shedding import LONG_ROUND_S, MAX_GAP_S, LoadShedding


class Loop:
    """Its rounds take as long as the test says."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Callable[[], None]] = []
        self.soon: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, _: float, look: Callable[[], None]) -> None:
        self.timers.append(look)

    def call_soon(self, what: Callable[[float], None], began: float) -> None:
        self.soon.append(lambda: what(began))

    def round(self, seconds: float) -> None:
        self.timers.pop(0)()
        self.now += seconds
        self.soon.pop(0)()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def test_short_rounds_and_single_pauses_slow_nothing_down(loop: Loop) -> None:
    with LoadShedding() as load_shedding:
        for seconds in (LONG_ROUND_S / 2, 1.0, LONG_ROUND_S / 2, 1.0):
            loop.round(seconds)
            assert load_shedding.gap_s == 0


def test_the_busier_the_longer(loop: Loop) -> None:
    with LoadShedding() as load_shedding:
        loop.round(0.02)
        loop.round(0.03)
        assert load_shedding.gap_s == pytest.approx(0.2)
        loop.round(3)
        loop.round(3)
        assert load_shedding.gap_s == MAX_GAP_S
        loop.round(0)
        assert load_shedding.gap_s == 0


def test_an_idle_server_looks_at_nothing(loop: Loop) -> None:
    load_shedding = LoadShedding()
    with load_shedding, load_shedding:
        assert len(loop.timers) == 1, "one for all who are shown something"
        loop.round(1)
    loop.round(1)
    assert load_shedding.gap_s == 0
    assert loop.timers == []
    with load_shedding:
        assert len(loop.timers) == 1
