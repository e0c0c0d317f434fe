"""Small binary workbooks (.xlsb), written record by record ([MS-XLSB] has their numbers)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.support.office_files import with_part
from tests.support.ooxml_files import make_package, relationships

BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
ERRORS = {"#DIV/0!": 0x07, "#N/A": 0x2A}
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Default Extension="bin" ContentType="{BINARY}"/></Types>'
)


Cell = str | float | bool | None | tuple[float, int]


def make_xlsb(
    rows: Sequence[Sequence[Cell]],
    formats: Sequence[str] = (),
    more: bytes = b"",
    state: int = 0,
    **related: str | bytes,
) -> bytes:
    """A cell `(0.5, 1)` has the first of the formats; `more` are records after the rows.

    `related` are the parts that the sheet refers to, by the kinds of these relationships.
    """
    sheet = struct.pack("<II", state, 1) + wide("rId1") + wide("Prices")
    links = {
        kind: (kind, f"../{kind}.{'xml' if isinstance(content, str) else 'bin'}")
        for kind, content in related.items()
    }
    return make_package(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relationships({"rId1": ("officeDocument", "xl/workbook.bin")}),
            "xl/_rels/workbook.bin.rels": relationships(
                {
                    "rId1": ("worksheet", "worksheets/sheet1.bin"),
                    "rId2": ("styles", "styles.bin"),
                }
            ),
            "xl/worksheets/_rels/sheet1.bin.rels": relationships(links),
            **{f"xl/{target[3:]}": related[kind] for kind, target in links.values()},
            "xl/styles.bin": style_records(formats),
            "xl/workbook.bin": BOOK_START + record(156, sheet) + BOOK_END,
            "xl/worksheets/sheet1.bin": b"".join(
                [
                    record(129),
                    record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)),
                    record(145),
                    *(row_records(number, row) for number, row in enumerate(rows)),
                    record(146),
                    more,
                    record(130),
                ]
            ),
        }
    )


def style_records(formats: Sequence[str]) -> bytes:
    own = (record(44, struct.pack("<H", 164 + at) + wide(code)) for at, code in enumerate(formats))
    numbers = (0, *range(164, 164 + len(formats)))
    styles = (record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in numbers)
    return b"".join([*own, record(617, bytes(4)), *styles, record(618)])


def row_records(number: int, row: Sequence[Cell]) -> bytes:
    head = record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
    return head + b"".join(cell_record(column, value) for column, value in enumerate(row))


def cell_record(column: int, cell: Cell) -> bytes:
    value, style = cell if isinstance(cell, tuple) else (cell, 0)
    place = struct.pack("<II", column, style)
    match value:
        case None:
            return record(1, place)
        case bool():
            return record(4, place + bytes([value]))
        case str() if value in ERRORS:
            return record(3, place + bytes([ERRORS[value]]))
        case str():
            return record(6, place + wide(value))
        case _:
            return record(5, place + struct.pack("<d", value))


def record(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return number + size + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


BOOK_START = record(131) + record(153, bytes(12)) + record(143)
BOOK_END = record(144) + record(132)


def make_long_xlsb(rows: int) -> bytes:
    row: list[Cell] = ["Tea", 3.5]
    return make_xlsb([["Name", "Price"], *[row] * rows])


def with_chart(package: bytes, chart: str) -> bytes:
    """The package, with a chart that its drawing refers to as `rId1`."""
    links = relationships({"rId1": ("chart", "chart1.xml")})
    package = with_part(package, "xl/_rels/drawing.xml.rels", links.encode())
    return with_part(package, "xl/chart1.xml", chart.encode())
