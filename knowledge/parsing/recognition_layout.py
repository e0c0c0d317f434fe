"""Finds the columns of a recognised page: what is side by side may also be the row of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, takewhile

from knowledge.text.width import width

# Pixels: how exactly the gap between columns is looked for.
STEP = 4
# The engine draws its boxes wider than the words, by so much of their height.
MARGIN = 0.25
# Lines that go over several columns, such as titles, are at most this share of all.
MAX_WIDE = 0.4
# Columns of text have lines of so many characters, and most reach from one margin to the other.
MIN_LINES, MIN_WIDTH, FULL_LINE, MIN_FULL = 4, 24, 0.75, 0.5


@dataclass(frozen=True, slots=True)
class Box:
    """One line, in pixels from the left and from the top."""

    left: float
    right: float
    top: float
    bottom: float
    text: str

    def stands_left_of(self, gap: float) -> bool:
        return self.right - MARGIN * (self.bottom - self.top) <= gap

    def stands_right_of(self, gap: float) -> bool:
        return self.left + MARGIN * (self.bottom - self.top) >= gap


Column = Sequence[Box]


def blocks(boxes: Sequence[Box]) -> Iterator[Sequence[Column]]:
    """The parts of a page from top to bottom: each a single column, or several side by side."""
    columns = _columns(boxes)
    if len(columns) == 1:
        yield columns
        return
    column_of = {id(box): at for at, column in enumerate(columns) for box in column}
    ordered = sorted(boxes, key=lambda box: box.top + box.bottom)
    for is_wide, group in groupby(ordered, key=lambda box: id(box) not in column_of):
        band = list(group)
        if is_wide:
            yield [band]
        else:
            parts: list[list[Box]] = [[] for _ in columns]
            for box in band:
                parts[column_of[id(box)]].append(box)
            yield [part for part in parts if part]


def _columns(boxes: Sequence[Box]) -> list[Column]:
    """All boxes as one column, or without those that go over several, those of each."""
    gap = _gap(boxes)
    if gap is None:
        return [boxes]
    left = [box for box in boxes if box.stands_left_of(gap)]
    right = [box for box in boxes if box.stands_right_of(gap) and not box.stands_left_of(gap)]
    columns = [*_columns(left), *_columns(right)]
    return columns if all(map(_is_prose, columns)) else [boxes]


def _gap(boxes: Sequence[Box]) -> float | None:
    """Where fewest lines cross; None if too many do everywhere."""
    end = int(max((box.right for box in boxes), default=0) / STEP) + 2
    opened, closed = [0] * (end + 1), [0] * (end + 1)
    for box in boxes:
        margin = MARGIN * (box.bottom - box.top)
        opened[min(max(int((box.left + margin) / STEP) + 1, 0), end)] += 1
        closed[min(max(int((box.right - margin) / STEP) + 1, 0), end)] += 1
    begun, ended = list(accumulate(opened)), list(accumulate(closed))
    crossing = [began - over for began, over in zip(begun, ended, strict=True)]
    places = [
        at for at in range(end) if ended[at] >= MIN_LINES and len(boxes) - begun[at] >= MIN_LINES
    ]
    first = min(places, key=crossing.__getitem__, default=0)
    if not places or crossing[first] > MAX_WIDE * len(boxes):
        return None
    same = takewhile(lambda at: crossing[at] == crossing[first], range(first, places[-1] + 1))
    return (first + max(same)) / 2 * STEP


def _is_prose(column: Column) -> bool:
    if len(column) < MIN_LINES:
        return False
    whole = max(box.right for box in column) - min(box.left for box in column)
    full = sum(box.right - box.left >= FULL_LINE * whole for box in column)
    mean = sum(width(box.text) for box in column) / len(column)
    return mean >= MIN_WIDTH and full >= MIN_FULL * len(column)
