"""Reading binary workbooks (.xls and .xlsb): their cells say what those of .xlsx files do."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO

import pytest
from openpyxl import Workbook

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from tests.support import binary_sheets, xls_files
from tests.support.binary_sheets import make_xlsb
from tests.support.encrypted_xls import make_encrypted_xls
from tests.support.ooxml_files import CHART, CHART_TEXT, NAMESPACES
from tests.support.xls_files import (
    cell_record,
    chart_records,
    make_long_xls,
    make_xls,
    make_xls_of,
    record,
    wide,
    workbook,
)

FORMATS = ["0.0%", "[$€-2] #,##0.00", "yyyy-mm-dd hh:mm", "0.00E+00", "h:mm AM/PM"]
ROWS: list[list[xls_files.Cell]] = [
    ["Name", "Value", "Error"],
    ["Share", (0.293, 1), "#DIV/0!"],
    ["Price 茶", (1234.5, 2), "#N/A"],
    ["Since", (45413.5, 3), True],
    ["Atoms", (1234567.0, 4), False],
    ["Hour", (0.75, 5), -3.456],
    ["Plain", 0.1 + 0.2, 2.0**40],
]
HIDDEN = "Only hidden sheets have text"


def lines_of(name: str, data: bytes) -> list[str]:
    return [line for section in read_file(name, data) for line in section.text.splitlines()]


def xlsx_of_rows() -> bytes:
    book, file = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row, cells in enumerate(ROWS, 1):
        for column, cell in enumerate(cells, 1):
            value, style = cell if isinstance(cell, tuple) else (cell, 0)
            place = sheet.cell(row, column, value)
            if style:
                place.number_format = FORMATS[style - 1]
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(("name", "make"), [("a.xls", make_xls), ("a.xlsb", make_xlsb)])
def test_formats_and_errors_are_shown_as_in_an_xlsx_file(
    name: str, make: Callable[..., bytes]
) -> None:
    lines = lines_of(name, make(ROWS, FORMATS))
    assert lines[1:4] == [
        "Name: Share · Value: 29.3% · Error: #DIV/0!",
        "Name: Price 茶 · Value: € 1,234.50 · Error: #N/A",
        "Name: Since · Value: 2024-05-01 12:00 · Error: TRUE",
    ]
    assert lines == lines_of("a.xlsx", xlsx_of_rows())


def test_numbers_are_also_kept_in_thirty_bits() -> None:
    whole, percent = 12 << 2 | 2, 29 << 2 | 3
    (half,) = struct.unpack("<I", struct.pack("<d", 0.5)[4:])
    negative = (-7 << 2 | 2) & 0xFFFFFFFF
    several = struct.pack("<HHHIHIH", 1, 0, 0, half, 1, percent, 1)
    single = record(0x27E, struct.pack("<HHHI", 0, 0, 0, whole))
    single += record(0x27E, struct.pack("<HHHI", 0, 1, 0, negative))
    assert lines_of("a.xls", make_xls_of(single + record(0xBD, several), ["0%"])) == [
        "12 · -7",
        "0.5 · 29%",
    ]


def test_results_of_formulas_are_read() -> None:
    def formula(column: int, result: bytes) -> bytes:
        return record(0x06, struct.pack("<HHH", 0, column, 0) + result + bytes(8))

    records = b"".join(
        [
            formula(0, b"\0" * 6 + b"\xff\xff"),
            # The formula that several cells share.
            record(0x4BC, bytes(12)),
            record(0x207, wide("Tea")),
            formula(1, b"\2\0\x07\0\0\0\xff\xff"),
            formula(2, b"\1\0\1\0\0\0\xff\xff"),
            formula(3, struct.pack("<d", 1.5)),
            formula(4, b"\3\0\0\0\0\0\xff\xff"),
        ]
    )
    assert lines_of("a.xls", make_xls_of(records)) == ["Tea · #DIV/0! · TRUE · 1.5"]


def test_shared_texts_go_on_in_the_next_record() -> None:
    """With one byte for a character in one of them, and two in the other; and with what a text has
    beside its characters: formatted runs, and readings of Chinese characters."""
    first = struct.pack("<IIHB", 3, 3, 6, 0) + b"Sen"
    second = b"\1" + "cha".encode("utf-16-le")
    rich = struct.pack("<HBHI", 2, 1 | 4 | 8, 1, 3) + "煎茶".encode("utf-16-le") + bytes(7)
    table = record(0xFC, first) + record(0x3C, second + rich + struct.pack("<HB", 3, 0) + b"Pot")
    labels = b"".join(
        record(0xFD, struct.pack("<HHHI", 0, column, 0, at)) for column, at in enumerate((2, 1, 0))
    )
    file = xls_files.make_compound("Workbook", workbook(table, labels))
    assert lines_of("a.xls", file) == ["Pot · 煎茶 · Sencha"]


def test_files_of_excel_95_are_in_their_code_page() -> None:
    label = struct.pack("<HHHH", 0, 0, 0, 4) + "煎茶".encode("cp936")
    records = record(0x42, struct.pack("<H", 936))
    records += record(0x41E, struct.pack("<HB", 164, 4) + b"0.0%")
    records += record(0xE0, struct.pack("<HH", 0, 164) + bytes(12))
    cells = record(0x204, label) + cell_record(0, 1, 0.5)
    book = workbook(records, cells, version=xls_files.EXCEL_95)
    assert lines_of("a.xls", xls_files.make_compound("Book", book)) == ["煎茶 · 50.0%"]


@pytest.mark.parametrize("name", ["WORKBOOK", "Book", "BOOK"])
def test_the_name_of_the_stream_may_be_in_capitals(name: str) -> None:
    assert lines_of("a.xls", make_xls([["Tea", "Pot"]], name=name)) == ["Tea · Pot"]
    assert lines_of("a", make_xls([["Tea", "Pot"]], name=name)) == ["Tea · Pot"]


def test_rows_may_come_in_any_order() -> None:
    rows = [(2, "c"), (0, "a"), (1, "b")]
    records = b"".join(cell_record(row, 0, text) for row, text in rows)
    assert lines_of("a.xls", make_xls_of(records)) == ["a", "b", "c"]


def test_merged_cells_have_their_value_in_each() -> None:
    rows: list[list[str | float | None]] = [["Kind", "Price"], ["Tea", 3.0], [None, 4.0]]
    lines = ["Kind · Price", "Kind: Tea · Price: 3", "Kind: Tea · Price: 4"]
    old = record(0xE5, struct.pack("<HHHHH", 1, 1, 2, 0, 0))
    new = binary_sheets.record(176, struct.pack("<IIII", 1, 2, 0, 0))
    assert lines_of("a.xls", make_xls(rows, more=old)) == lines
    assert lines_of("a.xlsb", make_xlsb(rows, more=new)) == lines


def test_days_may_count_from_1904() -> None:
    records = record(0x22, b"\1\0") + record(0xE0, struct.pack("<HH", 0, 14) + bytes(16))
    file = xls_files.make_compound("Workbook", workbook(records, cell_record(0, 0, 1.0)))
    assert lines_of("a.xls", file) == ["1904-01-02"]


def test_comments_and_text_boxes_are_read() -> None:
    def drawn(kind: int, identifier: int, text: str) -> bytes:
        head = struct.pack("<HHHH", 0x15, 0x12, kind, identifier) + bytes(14)
        size = bytes(10) + struct.pack("<HH", len(text), 0) + bytes(4)
        return record(0x5D, head) + record(0x1B6, size) + record(0x3C, b"\0" + text.encode())

    note = record(0x1C, struct.pack("<HHHH", 1, 1, 0, 7) + wide("Alice"))
    more = drawn(0x19, 7, "Alice:\nReally?") + drawn(6, 8, "A box") + note
    assert lines_of("a.xls", make_xls([["Tea", 3.0]], more=more)) == [
        *("Tea · 3", "", "A box", "Comment on B2 (Alice): Really?"),
    ]


def test_charts_of_xls_files_are_read() -> None:
    titles = [(3, "Weekday"), (2, "Number"), (1, "Cups")]
    chart = chart_records(titles, "Green", [(0.25, 1), (0.5, 1)])
    text = "Cups\n\nWeekday\n\nNumber\n\n|  | Green |\n| --- | --- |\n"
    text += "| Day 0 | 25% |\n| Day 1 | 50% |"
    start = record(0x809, struct.pack("<HH", xls_files.EXCEL_97, 0x20) + bytes(4))
    file = make_xls([["Tea", 3.0]], ["0%"], more=start + chart + record(0x0A))
    assert "\n".join(lines_of("a.xls", file)) == f"Tea · 3\n\n{text}"


def test_a_chart_may_be_a_sheet_and_keep_no_values() -> None:
    chart = chart_records([(1, "Cups")], "Green", [])
    file = xls_files.make_compound("Workbook", workbook(b"", chart, kind=2))
    assert lines_of("a.xls", file) == ["Cups", "", "Green"]


def test_charts_and_comments_of_xlsb_files_are_read() -> None:
    comments = b"".join(
        [
            binary_sheets.record(632, binary_sheets.wide("Alice")),
            binary_sheets.record(635, struct.pack("<IIIII", 0, 1, 1, 1, 1) + bytes(16)),
            binary_sheets.record(637, b"\0" + binary_sheets.wide("Really?")),
        ]
    )
    frame = '<xdr:graphicFrame><c:chart r:id="rId1"/></xdr:graphicFrame>'
    drawing = f"<xdr:wsDr {NAMESPACES}><xdr:twoCellAnchor>{frame}</xdr:twoCellAnchor></xdr:wsDr>"
    package = make_xlsb([["Tea", 3.0]], drawing=drawing, comments=comments)
    package = binary_sheets.with_chart(package, CHART.format(NAMESPACES))
    comment = "Comment on B2 (Alice): Really?"
    assert "\n".join(lines_of("a.xlsb", package)) == f"Tea · 3\n\n{CHART_TEXT}\n{comment}"


def test_hidden_sheets_are_left_out() -> None:
    for name, file in [
        ("a.xls", make_xls([["Tea"]], state=1)),
        ("a.xlsb", make_xlsb([["Tea"]], state=1)),
    ]:
        with pytest.raises(Unreadable, match=HIDDEN):
            read_file(name, file)


def test_protected_workbooks_are_refused() -> None:
    protected = xls_files.make_compound("Workbook", workbook(record(0x2F, bytes(6)), b""))
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.xls", protected)


def test_empty_cells_with_formats_take_no_room() -> None:
    """Rows of 256 cells down to the last, as some programs write them."""
    blank = struct.pack("<H", 0) + bytes(2 * 256) + struct.pack("<H", 255)
    rows = (record(0xBE, struct.pack("<H", row) + blank) for row in range(0, 65_536, 8))
    size = record(0x200, struct.pack("<IIHHH", 0, 65_536, 0, 256, 0))
    records = size + cell_record(0, 0, "Tea") + b"".join(rows) + cell_record(65_535, 255, "End")
    assert lines_of("a.xls", make_xls_of(records)) == ["Tea", "End"]


def test_sheets_of_too_many_cells_are_refused() -> None:
    records = b"".join(cell_record(row, 255, 1.0) for row in range(8000))
    with pytest.raises(Unreadable, match="more than 2 million cells"):
        read_file("a.xls", make_xls_of(records))


def test_damaged_files_are_refused() -> None:
    whole = make_long_xls(500)
    for end in range(0, len(whole), 997):
        with pytest.raises(Unreadable):
            read_file("a.xls", whole[:end] or b"\0")
    # A sector that follows on itself.
    looped = whole[:512] + struct.pack("<I", 0xFFFFFFFD) + struct.pack("<I", 1) * 127
    with pytest.raises(Unreadable):
        read_file("a.xls", looped + whole[1024:])


@pytest.mark.parametrize("how", ["xor", "1997", "2002"])
def test_what_excel_opens_without_asking_for_a_password_is_read(how: str) -> None:
    rows = b"".join(cell_record(row, 0, f"Tea {row}") for row in range(300))
    lines = lines_of("a.xls", make_encrypted_xls(how, rows))
    assert lines == [f"Tea {row}" for row in range(300)]


@pytest.mark.parametrize("how", ["xor", "1997", "2002"])
def test_a_password_of_ones_own_is_named(how: str) -> None:
    data = make_encrypted_xls(how, cell_record(0, 0, "Tea"), password="Secret")
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.xls", data)
