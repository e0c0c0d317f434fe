"""Makes rows of the cells that are not empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.parsing.office.merged_cells import MergedCells, Range
from knowledge.parsing.sheet_limits import MAX_COLUMNS

# Row, counted from 1, column, counted from 0, and what is shown.
PlacedText = tuple[int, int, str]


def rows_of(cells: Iterable[PlacedText], ranges: Iterable[Range]) -> Iterator[list[str]]:
    """From cells in the order of rows. An empty row stands for any number of them."""
    merged = MergedCells(ranges)
    last = 0
    row: list[str] = []
    for number, column, text in cells:
        if number != last:
            if last:
                yield merged.filled(last, row)
            if number > last + 1:
                yield []
            last, row = number, []
        missing = column - len(row)
        if missing >= 0 and column < MAX_COLUMNS:
            if missing:
                row += [""] * missing
            row.append(text)
    if last:
        yield merged.filled(last, row)
