"""Streams the rows of a sheet: a large one is never in memory as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO

from lxml import etree

from knowledge.parsing.office.names import integer
from knowledge.parsing.office.sheet_cells import CellReader
from knowledge.parsing.progress import report
from knowledge.parsing.sheet_limits import MAX_COLUMNS

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read_rows(data: bytes, cells: CellReader) -> Iterator[tuple[int, list[str]]]:
    """The number of each row, and what its cells show."""
    last = 0
    file = BytesIO(data)
    for _, row in etree.iterparse(
        file, tag="{*}row", resolve_entities=False, no_network=True, huge_tree=True
    ):
        report(file.tell() / len(data))
        last = integer(row.get("r"), last + 1)
        shown: list[str] = []
        for cell in row.iterchildren("{*}c"):
            column = _column(cell.get("r") or "", len(shown))
            shown += [""] * (column - len(shown))
            shown.append(cells.shown(cell))
        row.clear()
        while row.getprevious() is not None:
            del row.getparent()[0]
        yield last, shown


@lru_cache(50_000)
def _column(reference: str, default: int) -> int:
    """0 for "A1"; `default` if the cell does not say where it is, or says nonsense."""
    column = 0
    for letter in reference.rstrip("0123456789"):
        column = column * 26 + LETTERS.find(letter) + 1
        if column > MAX_COLUMNS:
            return default
    return max(column - 1, default)
