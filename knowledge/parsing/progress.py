"""How far the file is that this process parses: parsers count its pages, sheets or slides."""

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


def counted(items: Sequence[T]) -> Iterator[T]:
    """The items, of which each is read before the next is taken."""
    for number, item in enumerate(items):
        if _reports.send and time.monotonic() >= _reports.next_at:
            _reports.next_at = time.monotonic() + EVERY_S
            _reports.send(number / len(items))
        yield item


def timed_apart(items: Sequence[T]) -> Iterator[T]:
    """As `counted`, for items that take seconds each: up to `MAX_TIMED_APART`."""
    for item in counted(items):
        if _reports.start_time_anew:
            _reports.start_time_anew()
        yield item
