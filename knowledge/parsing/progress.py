"""How far the file is that this process parses: parsers count its pages, sheets, rows or lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

# Seconds between two reports.
EVERY_S = 0.25
# Of so many items, each may take as long as a whole file.
MAX_TIMED_APART = 500


class _Reports:
    def __init__(self) -> None:
        self.send: Callable[[float], None] | None = None
        self.start_time_anew: Callable[[], None] | None = None
        self.next_at = 0.0
        # The part of the file that is being read: where it begins, and its share of the whole.
        self.start, self.span = 0.0, 1.0
        # The most that was told: where an item has several parts, each begins at the item's start.
        self.told = 0.0


# A reader process parses one file at a time.
_reports = _Reports()


def send_reports(
    send: Callable[[float], None], start_time_anew: Callable[[], None] | None = None
) -> None:
    """From now on, tells `send` the share that was read, from 0 to 1, now and then.

    `start_time_anew` is called before what may take as long as a whole file.
    """
    _reports.send = send
    _reports.start_time_anew = start_time_anew


def begin() -> None:
    """A new file, or what takes nearly all of its time."""
    _reports.start, _reports.span, _reports.told = 0.0, 1.0, 0.0


def report(share: float) -> None:
    """Tells how much of the file is read, or of the item of `counted` that is being read."""
    if _reports.send and time.monotonic() >= _reports.next_at:
        _reports.next_at = time.monotonic() + EVERY_S
        _reports.told = max(_reports.told, _reports.start + _reports.span * min(share, 1.0))
        _reports.send(_reports.told)


def counted(items: Sequence[T]) -> Iterator[T]:
    """The items, of which each is read before the next is taken. One may have items of its own."""
    start, span = _reports.start, _reports.span
    try:
        for number, item in enumerate(items):
            _reports.start = start + span * number / len(items)
            _reports.span = span / len(items)
            report(0.0)
            yield item
    finally:
        _reports.start, _reports.span = start, span


def timed_apart(items: Sequence[T]) -> Iterator[T]:
    """As `counted`, for items that take seconds each: up to `MAX_TIMED_APART`."""
    begin()
    for item in counted(items):
        if _reports.start_time_anew:
            _reports.start_time_anew()
        yield item
