"""Measures how the CPU time of a function grows when its input is doubled."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time
from typing import TypeVar

Input = TypeVar("Input")

ATTEMPTS = 6
# Below so many seconds, the clock is measured rather than the function.
TOO_SHORT = 0.002


def grows_linearly(
    work: Callable[[Input], object], small: Input, large: Input, limit: float = 2.8
) -> bool:
    """Whether `large`, which is twice `small`, takes about twice the time; quadratic were four.

    Other programs disturb a measurement, so the best of several attempts counts.
    """
    for _ in range(ATTEMPTS):
        long = _shortest_time(work, large)
        if long < TOO_SHORT or long < limit * _shortest_time(work, small):
            return True
    return False


def _shortest_time(work: Callable[[Input], object], given: Input) -> float:
    gc.disable()
    try:
        return min(_time(work, given) for _ in range(3))
    finally:
        gc.enable()


def _time(work: Callable[[Input], object], given: Input) -> float:
    start = process_time()
    work(given)
    return process_time() - start
