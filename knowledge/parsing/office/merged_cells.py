"""Repeats the value of merged cells in each cell that they cover, where rows need it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^<>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)\"""")
# Longer texts are told once, and the cells of very wide ranges are not filled.
MAX_REPEATED, MAX_WIDTH = 200, 100
# For each cell that is there, so many are looked at.
MAX_ADDED = 4


@dataclass(slots=True)
class Range:
    """From the first row and column to the last, counted from 1 and from 0."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    text: str = ""


class MergedCells:
    def __init__(self, ranges: Iterable[Range]) -> None:
        """The rows are asked for in their order."""
        self._coming = sorted(ranges, key=lambda one: one.first_row, reverse=True)
        self._open: list[Range] = []
        self._left = 0

    def add(self, one: Range) -> None:
        """One that begins in the row that is asked for next."""
        self._open.append(one)

    def filled(self, number: int, row: list[str]) -> list[str]:
        while self._coming and self._coming[-1].first_row <= number:
            self._open.append(self._coming.pop())
        self._left += MAX_ADDED * len(row)
        self._left -= len(self._open)
        if self._left < 0:
            return row
        self._open = [one for one in self._open if one.last_row >= number]
        for one in self._open:
            if one.first_row == number and one.first_column < len(row):
                one.text = row[one.first_column]
        covered = [one for one in self._open if one.text and len(one.text) <= MAX_REPEATED]
        own = sum(map(bool, row)) - sum(one.first_row == number for one in covered)
        # A row of nothing but merged cells is a title, or goes on below one.
        names_columns = len([one for one in covered if one.first_row == number]) > 1
        if own > 0 or names_columns:
            for one in covered:
                self._fill(row, one)
        return row

    def _fill(self, row: list[str], one: Range) -> None:
        last = min(one.last_column, one.first_column + MAX_WIDTH - 1)
        self._left -= last - one.first_column + 1
        row += [""] * (last + 1 - len(row))
        for column in range(one.first_column, last + 1):
            row[column] = row[column] or one.text


def ranges_of_sheet(data: bytes) -> Iterator[Range]:
    """Those that the XML of a sheet names after its rows."""
    for found in MERGED.finditer(data, max(data.rfind(b"sheetData"), 0)):
        first_column, first_row, last_column, last_row = found.groups()
        if (
            max(map(len, (first_row, last_row))) < 8
            and max(len(first_column), len(last_column)) < 4
        ):
            yield Range(int(first_row), _column(first_column), int(last_row), _column(last_column))


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1
