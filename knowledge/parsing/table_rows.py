"""Formats the rows of a table as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.parsing.table_heads import is_head

Row = Sequence[str]

# The name of a column is repeated in each row. Longer ones are cut, so that a file of a few
# kilobytes does not become megabytes.
MAX_NAME = 60
# Empty cells are added, and merged ones repeated, to at most so many times the cells there are.
MAX_ADDED = 4
# A merged cell is repeated in each of its rows, unless it is longer.
MAX_REPEATED = 200
# Wider names of several columns are no head.
MAX_SPAN = 100


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    rows: int = 1
    columns: int = 1


def markdown_table(rows: Iterable[Iterable[str]]) -> str:
    """The table in Markdown; a single column or row as plain lines."""
    filled = [row for row in ([_cell(cell) for cell in row] for row in rows) if any(row)]
    width = max((len(row) for row in filled), default=0)
    if width < 2 or len(filled) < 2:
        return "\n".join(" ".join(filter(None, row)) for row in filled)
    padded = width * len(filled) <= MAX_ADDED * sum(map(len, filled))
    lines = [
        f"| {' | '.join([*row, *[''] * ((width - len(row)) if padded else 0)])} |" for row in filled
    ]
    rule = "|" + " --- |" * (width if padded else len(filled[0]))
    return "\n".join([lines[0], rule, *lines[1:]])


def table_of_cells(rows: Sequence[Sequence[Cell]]) -> str:
    """The table in Markdown; a head whose names stand in two rows is in one."""
    expanded = list(expand_spans(rows))
    if len(expanded) > 2 and len(rows[0]) > 1:
        names = [name for cell in rows[0] for name in [cell.text] * min(cell.columns, MAX_SPAN)]
        if (head := joined_head(names, expanded[1])) is not None:
            expanded[:2] = [head]
    return markdown_table(expanded)


def joined_head(upper: Row, lower: Row) -> list[str] | None:
    """`2023 Q1` of a name for several columns above, and one for each below; None if it is none."""
    width = max(len(upper), len(lower))
    upper, lower = ([*row, *[""] * (width - len(row))] for row in (upper, lower))
    spanned = [False] * width
    for at in range(1, width):
        if upper[at] and upper[at] == upper[at - 1]:
            spanned[at - 1] = spanned[at] = True
    alone = [(upper[at], lower[at]) for at in range(width) if not spanned[at]]
    if not any(spanned) or not is_head(lower) or any(b not in ("", a) for a, b in alone):
        return None
    return [" ".join(dict.fromkeys(filter(None, pair))) for pair in zip(upper, lower, strict=True)]


def expand_spans(rows: Sequence[Sequence[Cell]]) -> Iterator[list[str]]:
    """The rows with as many cells as they have columns: a merged cell is in each of its rows."""
    left = MAX_ADDED * sum(map(len, rows))
    # By column: in how many more rows its cell goes on, and what it says.
    merged: dict[int, tuple[int, str]] = {}
    for row in rows:
        expanded: list[str] = []
        cells = iter(row)
        going_on, merged = merged, {}
        while True:
            column = len(expanded)
            if column in going_on and left > 0:
                rows_left, text = going_on.pop(column)
                expanded.append(text)
                left -= 1
            elif cell := next(cells, None):
                columns = min(cell.columns, max(1, left))
                expanded += [cell.text, *[""] * (columns - 1)]
                left -= columns - 1
                rows_left, text = cell.rows, cell.text if len(cell.text) <= MAX_REPEATED else ""
                for covered in range(column + 1, column + columns):
                    _go_on(merged, covered, rows_left, "")
            elif going_on and left > 0 and column <= max(going_on):
                expanded.append("")
                left -= 1
                continue
            else:
                break
            _go_on(merged, column, rows_left, text)
        yield expanded


def _go_on(merged: dict[int, tuple[int, str]], column: int, rows_left: int, text: str) -> None:
    if rows_left > 1:
        merged[column] = (rows_left - 1, text)


def labelled_rows(rows: Iterable[Row]) -> Iterator[str]:
    """One line for each row, with the name of the column before each value."""
    header: list[str] = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if header:
            yield labelled_row(header, cells)
            continue
        if is_head(cells):
            header = [shortened(cell) for cell in cells]
        yield " · ".join(filled)


def list_number(number: int, style: str) -> str:
    """The number as the list shows it: 1, a, A, i or I."""
    if style in ("a", "A") and number > 0:
        letters = ""
        while number > 0:
            number, place = divmod(number - 1, 26)
            letters = chr(ord(style) + place) + letters
        return letters
    if style in ("i", "I") and 0 < number < 4000:
        return _roman(number).lower() if style == "i" else _roman(number)
    return str(number)


def cell_name(row: int, column: int) -> str:
    """B2 for the row 1 and the column 1: both are counted from 0."""
    return f"{list_number(column + 1, 'A')}{row + 1}"


def _roman(number: int) -> str:
    text = ""
    for value, sign in ROMAN:
        count, number = divmod(number, value)
        text += sign * count
    return text


ROMAN = [
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
]


def labelled_row(header: Row, cells: Row) -> str:
    names = [*header, *[""] * (len(cells) - len(header))]
    pairs = zip(names, cells, strict=False)
    return " · ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1].rstrip()}…"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
