"""Small binary workbooks (.xlsb), written record by record ([MS-XLSB] has their numbers)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.support.ooxml_files import make_package, relationships

BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Default Extension="bin" ContentType="{BINARY}"/></Types>'
)


def make_xlsb(rows: Sequence[Sequence[str | float]]) -> bytes:
    sheet = struct.pack("<II", 0, 1) + wide("rId1") + wide("Prices")
    return make_package(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relationships({"rId1": ("officeDocument", "xl/workbook.bin")}),
            "xl/_rels/workbook.bin.rels": relationships(
                {"rId1": ("worksheet", "worksheets/sheet1.bin")}
            ),
            "xl/workbook.bin": BOOK_START + record(156, sheet) + BOOK_END,
            "xl/worksheets/sheet1.bin": b"".join(
                [
                    record(129),
                    record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)),
                    record(145),
                    *(row_records(number, row) for number, row in enumerate(rows)),
                    record(146),
                    record(130),
                ]
            ),
        }
    )


def row_records(number: int, row: Sequence[str | float]) -> bytes:
    head = record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
    return head + b"".join(cell_record(column, value) for column, value in enumerate(row))


def cell_record(column: int, value: str | float) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(value, str):
        return record(6, place + wide(value))
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
    row: list[str | float] = ["Tea", 3.5]
    return make_xlsb([["Name", "Price"], *[row] * rows])
