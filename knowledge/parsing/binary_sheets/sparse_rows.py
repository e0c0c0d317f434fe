"""Makes rows of the cells that are not empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from knowledge.parsing.office.merged_cells import MergedCells, Range
from knowledge.parsing.sheet_limits import MAX_COLUMNS

# Row, counted from 1, column, counted from 0, and what is shown.
PlacedText = tuple[int, int, str]


def rows_of(cells: Iterable[PlacedText], ranges: Iterable[Range]) -> Iterator[list[str]]:
    """From cells in the order of rows. An empty row stands for any number of them."""
    merged = MergedCells(ranges)
    last = 0
    for number, of_row in groupby(cells, itemgetter(0)):
        if number > last + 1:
            yield []
        last = number
        row: list[str] = []
        for _, column, text in of_row:
            if len(row) <= column < MAX_COLUMNS:
                row += [""] * (column - len(row))
                row.append(text)
        yield merged.filled(number, row)
