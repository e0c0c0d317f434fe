"""Reading binary workbooks, and sheets of OpenDocument."""

from __future__ import annotations

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from tests.support.binary_sheets import make_xlsb
from tests.support.more_files import OPEN_CHART, make_ods_of
from tests.support.office_files import with_part
from tests.support.ooxml_files import CHART_TEXT

HIDDEN = (
    '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
)


def lines_of(name: str, data: bytes) -> list[str]:
    return [line for section in read_file(name, data) for line in section.text.splitlines()]


def test_binary_workbooks_are_read() -> None:
    workbook = make_xlsb([["Name", "Price"], ["Tea", 0.1 + 0.2], ["Pot", 3.0]])
    assert lines_of("a.xlsb", workbook) == [
        *("Name · Price", "Name: Tea · Price: 0.3", "Name: Pot · Price: 3"),
    ]


def cell(text: str, attributes: str = "", more: str = "") -> str:
    return f"<table:table-cell {attributes}>{more}<text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_cells_are_read_as_they_are_shown() -> None:
    rows = (
        row(cell("Name"), cell("Price"), cell("Since"))
        + row(
            cell("Sen<text:s/>cha"),
            cell("€ 3,00", 'office:value-type="currency" office:value="3"'),
            cell("1.5.24", 'office:value-type="date" office:date-value="2024-05-01"'),
        )
        + row(cell("Pot"), '<table:table-cell office:value="0.30000000000000004"/>')
    )
    assert lines_of("a.ods", make_ods_of(rows)) == [
        "Name · Price · Since",
        "Name: Sen cha · Price: € 3,00 · Since: 2024-05-01",
        "Name: Pot · Price: 0.3",
    ]


def test_merged_and_repeated_cells_have_their_values() -> None:
    covered = "<table:covered-table-cell/>"
    rows = (
        row(cell("Kind"), cell("Name"), cell("Price"))
        + row(cell("Tea", 'table:number-rows-spanned="2"'), cell("Sencha"), cell("3"))
        + row(covered, cell("Assam"), cell("4"))
        + row(cell("Pots"), cell("5", 'table:number-columns-repeated="2"'))
        + row('<table:table-cell table:number-columns-repeated="16384"/>',
              attributes='table:number-rows-repeated="1048000"')
        + row(cell("End", 'table:number-columns-repeated="1000000"'))
    )  # fmt: skip
    lines = lines_of("a.ods", make_ods_of(rows))
    assert lines[1:4] == [
        "Kind: Tea · Name: Sencha · Price: 3",
        "Kind: Tea · Name: Assam · Price: 4",
        "Kind: Pots · Name: 5 · Price: 5",
    ]
    assert len(lines[4]) < 10_000


def test_comments_are_read_and_hidden_sheets_are_not() -> None:
    note = "<dc:creator>Alice</dc:creator><text:p>Really?</text:p>"
    note = f"<office:annotation>{note}</office:annotation>"
    shown = make_ods_of(row(cell("Tea"), cell("3", "", note)))
    assert lines_of("a.ods", shown) == ["Tea · 3", "Comment on B1 (Alice): Really?"]
    with pytest.raises(Unreadable, match="Only hidden sheets have text"):
        read_file("a.ods", make_ods_of(row(cell("Tea")), styles=HIDDEN, style="ta2"))


def test_charts_are_read_once() -> None:
    frame = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    rows = row(cell("Tea", "", frame), cell("3")) + row(cell("Pot", "", frame), cell("4"))
    book = make_ods_of(rows, **{"Object 1": OPEN_CHART})
    assert "\n".join(lines_of("a.ods", book)) == f"Tea: 3\nPot: 4\n\n{CHART_TEXT}"


def test_a_date_has_its_time_where_that_is_shown() -> None:
    moment = 'office:date-value="2024-05-01T13:45:00"'
    midnight = 'office:date-value="2024-05-01T00:00:00"'
    shown = row(cell("1.5.", moment), cell("1.5. 13:45", moment), cell("1.5. 0:00", midnight))
    assert lines_of("a.ods", make_ods_of(shown)) == ["2024-05-01 · 2024-05-01 13:45 · 2024-05-01"]


def make_encrypted_ods(part: str) -> bytes:
    manifest = (
        b'<m:manifest xmlns:m="urn:m"><m:file-entry m:full-path="%s"><m:encryption-data/>'
        b"</m:file-entry></m:manifest>"
    )
    sheet = make_ods_of(row(cell("Tea")))
    return with_part(sheet, "META-INF/manifest.xml", manifest % part.encode())


def test_protected_sheets_are_refused() -> None:
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.ods", make_encrypted_ods("content.xml"))


def test_sheets_whose_macros_alone_are_protected_are_read() -> None:
    assert lines_of("a.ods", make_encrypted_ods("Basic/Standard/Module1.xml")) == ["Tea"]
