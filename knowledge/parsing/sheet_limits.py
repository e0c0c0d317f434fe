"""Ends the reading of a sheet that a small file has made huge: cells may share one long text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _

MAX_CELLS = 2_000_000
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 20_000_000


def within_limits(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Raises `Unreadable` with the first row that is too much."""
    cells = characters = 0
    for row in rows:
        cells += len(row)
        if cells > MAX_CELLS:
            raise Unreadable(_("The workbook has a sheet of more than 2 million cells."))
        characters += sum(map(len, row))
        if characters > MAX_CHARACTERS:
            raise Unreadable(
                _("The file has more than 20 million characters. Split it into smaller ones.")
            )
        yield row
