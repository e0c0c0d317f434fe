"""How long a request may take to arrive: the rate of the last seconds counts."""

from __future__ import annotations

from typing import Any

import pytest

from ragws.servers import request_limits
from ragws.servers.request_limits import MIN_BYTES_PER_S, RequestProgress


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    settings.SLOW_REQUEST_S, settings.MAX_UPLOAD_S = 10, 600
    clock = Clock()
    monkeypatch.setattr(request_limits, "time", clock)
    return clock


def test_a_fast_beginning_buys_no_time(clock: Clock) -> None:
    progress = RequestProgress()
    progress.add(100_000_000)
    clock.now += 9
    assert progress.time_left_s() > 0
    progress.add(1)
    clock.now += 2
    assert progress.time_left_s() < 0


def test_a_steady_request_is_let_arrive(clock: Clock) -> None:
    progress = RequestProgress()
    for _ in range(500):
        clock.now += 1
        progress.add(MIN_BYTES_PER_S)
        assert progress.time_left_s() > 0


def test_a_steady_request_ends_at_last(clock: Clock) -> None:
    progress = RequestProgress()
    for _ in range(601):
        clock.now += 1
        progress.add(MIN_BYTES_PER_S)
    assert progress.time_left_s() < 0
