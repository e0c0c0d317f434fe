"""Finds the tables of a sheet, and writes each of their rows with the names of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile

from knowledge.parsing.table_heads import COLONS, are_pairs, is_form, is_head, is_value
from knowledge.parsing.table_rows import joined_head, labelled_row, shortened

Row = Sequence[str]

# By so many rows it is decided what a block is.
LOOK_AHEAD = 30
# Instead of a head, where rows have a name and a value.
PAIRS: Row = ("\0",)
# A head is looked for in the first rows only.
MAX_BEFORE_HEAD = 5


def sheet_lines(rows: Iterable[Row]) -> Iterator[str]:
    """One line for each row that is not empty."""
    head: Row = ()
    # The columns in which the table above has nothing but numbers and dates.
    values: set[int] = set()
    for first_rows, rest in _blocks(rows):
        titles = _titles(first_rows)
        yield from (_plain(row) for row in first_rows[:titles])
        body: Sequence[Row] = first_rows[titles:]
        if not _continues(body, head, values, bool(titles)):
            head, body, lines = _start(body)
            yield from lines
            values = _value_columns(body)
        for row in chain(body, rest):
            yield _line(row, head)


def _blocks(rows: Iterable[Row]) -> Iterator[tuple[list[Row], Iterator[Row]]]:
    """What empty rows divide: its first rows, and an iterator over the others."""
    source = iter([" ".join(cell.split()) for cell in row] for row in rows)
    for row in source:
        if any(row):
            first: list[Row] = [row]
            for following in source:
                if not any(following):
                    yield first, iter(())
                    break
                first.append(following)
                if len(first) == LOOK_AHEAD:
                    yield first, takewhile(any, source)
                    break
            else:
                yield first, iter(())


def _titles(rows: Sequence[Row]) -> int:
    """How many rows at the start have one cell only, if more follow."""
    count = next((at for at, row in enumerate(rows) if _filled(row) > 1), 0)
    return count if count <= MAX_BEFORE_HEAD else 0


def _continues(rows: Sequence[Row], head: Row, values: set[int], has_title: bool) -> bool:
    """Whether a block goes on with the table above it, after an empty row."""
    if not head or not rows:
        return False
    columns, named = _columns(rows), {at for at, name in enumerate(head) if name}
    if not columns <= named:
        return False
    row = rows[0]
    if not is_head(row) or len(rows) == 1:
        return True
    # Words above numbers name them. Where all are words, the width of the table decides.
    is_like_above = columns == named and not values
    return is_like_above and not has_title and row != head


def _columns(rows: Sequence[Row]) -> set[int]:
    return {at for row in rows for at, cell in enumerate(row) if cell}


def _start(rows: Sequence[Row]) -> tuple[Row, Sequence[Row], list[str]]:
    """The head of a table, the rows below it, and the lines above them."""
    if is_form(rows) or are_pairs(rows):
        return PAIRS, rows, []
    for at, row in enumerate(rows[: MAX_BEFORE_HEAD + 1]):
        if is_head(row) and (at == 0 or _value_columns(rows[at + 1 :])):
            head, below = _joined(row, rows[at + 1 :])
            lines = [*map(_plain, rows[:at]), _plain(head)]
            return [shortened(name) for name in head], below, lines
    return (), rows, []


def _joined(row: Row, below: Sequence[Row]) -> tuple[Row, Sequence[Row]]:
    """With the second row of a head whose first one has names for several columns."""
    names = joined_head(row, below[0]) if len(below) > 1 else None
    return (row, below) if names is None else (names, below[1:])


def _value_columns(rows: Sequence[Row]) -> set[int]:
    width = max(map(len, rows), default=0)
    columns = set()
    for column in range(width):
        cells = [row[column] for row in rows if column < len(row) and row[column]]
        if cells and all(map(is_value, cells)):
            columns.add(column)
    return columns


def _line(row: Row, head: Row) -> str:
    if head is PAIRS:
        return _pairs(row)
    # One cell at the start of a row names a group of rows.
    if not head or (row[0] and _filled(row) == 1):
        return _plain(row)
    return labelled_row(head, row)


def _pairs(row: Row) -> str:
    """`Name: Acme · City: Paris`."""
    cells = list(filter(None, row))
    if len(cells) == 2 and not cells[0].endswith(COLONS):
        return ": ".join(cells)
    pairs: list[str] = []
    for cell in cells:
        if pairs and pairs[-1].endswith(COLONS):
            pairs[-1] = f"{pairs[-1]} {cell}"
        else:
            pairs.append(cell)
    return " · ".join(pairs)


def _plain(row: Row) -> str:
    return " · ".join(filter(None, row))


def _filled(row: Row) -> int:
    return sum(map(bool, row))
