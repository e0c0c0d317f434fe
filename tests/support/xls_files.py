"""Small .xls files, written record by record ([MS-XLS] and [MS-CFB] have their numbers)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
END, FREE, OF_TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
# Smaller streams are kept in another way.
LEAST_BYTES = 4096
EXCEL_97, EXCEL_95 = 0x0600, 0x0500
ERRORS = {"#DIV/0!": 0x07, "#N/A": 0x2A}

Cell = str | float | bool | None | tuple[float | str, int]


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def make_xls(
    rows: Sequence[Sequence[Cell]],
    formats: Sequence[str] = (),
    name: str = "Workbook",
    more: bytes = b"",
    state: int = 0,
) -> bytes:
    """A cell `(0.5, 1)` has the first of the formats, `(0.5, 2)` the second; `more` are records."""
    cells = b"".join(
        cell_record(row, column, cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell is not None
    )
    return make_xls_of(cells + more, formats, name, state)


def make_xls_of(
    sheet: bytes, formats: Sequence[str] = (), name: str = "Workbook", state: int = 0
) -> bytes:
    """With the records of its only sheet."""
    styles = b"".join(
        record(0x41E, struct.pack("<H", 164 + at) + wide(code)) for at, code in enumerate(formats)
    )
    for number in (0, *range(164, 164 + len(formats))):
        styles += record(0xE0, struct.pack("<HH", 0, number) + bytes(16))
    return make_compound(name, workbook(styles, sheet, state))


def workbook(
    records: bytes, sheet: bytes, state: int = 0, version: int = EXCEL_97, kind: int = 0
) -> bytes:
    """Of one sheet: `kind` 2 is a chart."""
    start = record(0x809, struct.pack("<HH", version, 5) + bytes(4)) + records
    flags = b"" if version < EXCEL_97 else b"\0"
    entry_bytes = 4 + 6 + 1 + len(flags) + len("Prices")
    entry = struct.pack("<IBB", len(start) + entry_bytes + 4, state, kind)
    entry = record(0x85, entry + bytes([len("Prices")]) + flags + b"Prices")
    part = 0x20 if kind else 0x10
    body = record(0x809, struct.pack("<HH", version, part) + bytes(4)) + sheet + record(0x0A)
    return start + entry + record(0x0A) + body


def cell_record(row: int, column: int, cell: Cell) -> bytes:
    value, style = cell if isinstance(cell, tuple) else (cell, 0)
    place = struct.pack("<HHH", row, column, style)
    match value:
        case bool():
            return record(0x205, place + bytes([value, 0]))
        case str() if value in ERRORS:
            return record(0x205, place + bytes([ERRORS[value], 1]))
        case str():
            return record(0x204, place + wide(value))
        case _:
            return record(0x203, place + struct.pack("<d", value))


def chart_records(titles: Sequence[tuple[int, str]], series: str, points: Sequence[Cell]) -> bytes:
    """Titles by where they stand (1: the chart, 2 and 3: axes), and a series whose points have a
    category each; the records of a chart without its start and end."""

    def block(kind: int, inside: bytes) -> bytes:
        return record(kind) + record(0x1033) + inside + record(0x1034)

    def name(text: str) -> bytes:
        encoded = text.encode("utf-16-le")
        return record(0x100D, struct.pack("<HBB", 0, len(text), 1) + encoded)

    made = block(0x1003, name(series))
    for place, title in titles:
        made += block(0x1025, name(title) + record(0x1027, struct.pack("<HHH", place, 0, 0)))
    made += record(0x1065, struct.pack("<H", 1))
    made += b"".join(cell_record(row, 0, point) for row, point in enumerate(points))
    made += record(0x1065, struct.pack("<H", 2))
    return made + b"".join(cell_record(row, 0, f"Day {row}") for row in range(len(points)))


def wide(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def make_compound(name: str, stream: bytes, **others: bytes) -> bytes:
    """A file system with one stream, or with others."""
    streams = {
        key: data.ljust(LEAST_BYTES, b"\0") for key, data in {name: stream, **others}.items()
    }
    counts = [-(-len(data) // SECTOR) for data in streams.values()]
    tables = -(-(sum(counts) + 2) // (SECTOR // 4 - 1))
    # The tables come first, then the directory, then the streams.
    followers = [OF_TABLE] * tables + [END]
    directory = entry("Root Entry", 5, END, 0)
    for (key, data), count in zip(streams.items(), counts, strict=True):
        first = len(followers)
        directory += entry(key, 2, first, len(data))
        followers += [*range(first + 1, first + count), END]
    table = struct.pack(f"<{len(followers)}I", *followers).ljust(tables * SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", tables, tables, 0, LEAST_BYTES, END, 0, END, 0)
    places = struct.pack(f"<{tables}I", *range(tables)).ljust(SECTOR - 76, b"\xff")
    sectors = (
        table
        + directory.ljust(SECTOR, b"\0")
        + b"".join(
            data.ljust(count * SECTOR, b"\0")
            for data, count in zip(streams.values(), counts, strict=True)
        )
    )
    return header + places + sectors


def entry(name: str, kind: int, first: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", FREE, FREE, 1 if kind == 5 else FREE)
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + links
    return head + bytes(36) + struct.pack("<IQ", first, size)


def make_long_xls(rows: int) -> bytes:
    row: list[Cell] = ["Tea", 3.5]
    return make_xls([["Name", "Price"], *[row] * rows])
