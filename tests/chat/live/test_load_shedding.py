"""A process that is too busy sends less often. The test sets the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from chat.live.load_shedding import LONG_ITERATION_S, MAX_GAP_S, LoadShedding


class Loop:
    """An event loop whose iterations take as long as the test says."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Callable[[], None]] = []
        self.soon: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, _: float, callback: Callable[[], None]) -> None:
        self.timers.append(callback)

    def call_soon(self, callback: Callable[[float], None], began: float) -> None:
        self.soon.append(lambda: callback(began))

    def iterate(self, seconds: float) -> None:
        self.timers.pop(0)()
        self.now += seconds
        self.soon.pop(0)()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def test_short_iterations_and_single_pauses_slow_nothing_down(loop: Loop) -> None:
    with LoadShedding() as load_shedding:
        for seconds in (LONG_ITERATION_S / 2, 1.0, LONG_ITERATION_S / 2, 1.0):
            loop.iterate(seconds)
            assert load_shedding.gap_s == 0


def test_the_longer_the_iterations_the_longer_the_gap(loop: Loop) -> None:
    with LoadShedding() as load_shedding:
        loop.iterate(0.02)
        loop.iterate(0.03)
        assert load_shedding.gap_s == pytest.approx(0.2)
        loop.iterate(3)
        loop.iterate(3)
        assert load_shedding.gap_s == MAX_GAP_S
        loop.iterate(0)
        assert load_shedding.gap_s == 0


def test_an_idle_server_measures_nothing(loop: Loop) -> None:
    load_shedding = LoadShedding()
    with load_shedding, load_shedding:
        assert len(loop.timers) == 1, "one timer for all readers"
        loop.iterate(1)
    loop.iterate(1)
    assert load_shedding.gap_s == 0
    assert loop.timers == []
    with load_shedding:
        assert len(loop.timers) == 1
