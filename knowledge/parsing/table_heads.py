"""Tells the names of columns, the values below them, and pairs of a name and a value apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Row = Sequence[str]

CURRENCIES = "$€£¥₹₩₽฿¢"
NUMERIC = set("0123456789.,:/-–−+% ()'’Ee\u00a0\u202f")
# Letters after a number: a currency or a unit.
MAX_UNIT = 3
YEARS = range(1900, 2101)
COLONS = (":", "：")


def is_value(text: str) -> bool:
    """Whether this is a number, an amount, a date or a truth value, which no column is called."""
    if text in ("TRUE", "FALSE"):
        return True
    number = text.strip(CURRENCIES + " ")
    unit = len(number) - len(number.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    number = number[: len(number) - unit] if unit <= MAX_UNIT else number
    return any(map(str.isdigit, number)) and NUMERIC.issuperset(number)


def is_head(row: Row) -> bool:
    """Whether these may be the names of columns: words, or years and dates in their order."""
    filled = [cell for cell in row if cell]
    periods = [cell for cell in filled if is_value(cell)]
    if not periods:
        return len(set(filled)) > 1
    # The corner above the names of rows is empty, or says what they are.
    has_corner = not row[0] or not is_value(filled[0])
    return has_corner and len(periods) > 1 and _are_periods(periods)


def _are_periods(cells: Row) -> bool:
    if not all(_is_period(cell) for cell in cells):
        return False
    # Under a head in two rows, each is there several times.
    each = list(dict.fromkeys(cells))
    return len(each) > 1 and (each == sorted(each) or each == sorted(each, reverse=True))


def _is_period(text: str) -> bool:
    is_year = len(text) == 4 and text.isdecimal() and int(text) in YEARS
    is_date = len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdecimal()
    return is_year or is_date


def is_form(rows: Sequence[Row]) -> bool:
    """Whether names that end in a colon stand before their values."""
    named = sum(any(left.endswith(COLONS) and right for left, right in pairwise(r)) for r in rows)
    return 2 * named >= len(rows) and named > 0


def are_pairs(rows: Sequence[Row]) -> bool:
    """Whether each row has a name and a value; a table of two columns has values in one of them."""
    columns = {at for row in rows for at, cell in enumerate(row) if cell}
    if len(columns) != 2 or len(rows) < 2:
        return False
    names, values = sorted(columns)
    first, *below = [(_at(row, names), _at(row, values)) for row in rows]
    if any(is_value(name) for name, _ in [first, *below] if name):
        return False
    return is_value(first[1]) or not all(is_value(value) for _, value in below if value)


def _at(row: Row, column: int) -> str:
    return row[column] if column < len(row) else ""
