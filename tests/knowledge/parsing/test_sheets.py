"""Reading sheets: what a cell shows, which cells are merged, and which names columns have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from knowledge.parsing.sheet_tables import sheet_lines
from tests.support.office_files import make_merged_xlsx, saved


def lines_of(workbook: Workbook) -> list[str]:
    sections = read_file("a.xlsx", saved(workbook))
    return [line for section in sections for line in section.text.splitlines()]


def make_workbook(*rows: Sequence[Any], merged: str = "") -> Workbook:
    workbook = Workbook()
    for row in rows:
        first_sheet(workbook).append(list(row))
    for cells in merged.split():
        first_sheet(workbook).merge_cells(cells)
    return workbook


def first_sheet(workbook: Workbook) -> Worksheet:
    assert isinstance(workbook.active, Worksheet)
    return workbook.active


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (-3, "#,##0;(#,##0)", "(3)"),
        (5, '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', "$5.00"),
        (12.5, "[$€-407] #,##0.00", "€ 12.50"),
        (0.285, "0%", "29%"),
        (1234567, "0.00E+00", "1.23E+06"),
        (0.1 + 0.2, "General", "0.3"),
        (12345678901234, "General", "12345678901234"),
        (1e300, "#,##0", "1E+300"),
        (1.5, "# ?/?", "1 1/2"),
        (7, "000", "007"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (1234567, '0.0,,"M"', "1.2M"),
        (3, '0 "pcs"', "3 pcs"),
        (0, '0;-0;"none"', "none"),
        (datetime(2024, 5, 1), "d.m.yy", "2024-05-01"),
        (datetime(2024, 5, 1, 13, 5), "m/d/yyyy h:mm AM/PM", "2024-05-01 13:05"),
        (date(2024, 5, 1), "mmm yyyy", "May 2024"),
        (date(2024, 5, 1), "yyyy", "2024"),
        (time(18, 30), "h:mm AM/PM", "6:30 PM"),
        (time(18, 30), "h:mm", "18:30"),
        (timedelta(hours=36, minutes=5), "[h]:mm:ss", "36:05:00"),
        (True, "General", "TRUE"),
        ("a_x0041_b", "General", "aAb"),
    ],
)
def test_values_are_read_as_excel_shows_them(value: Any, code: str, shown: str) -> None:
    workbook = make_workbook([value])
    first_sheet(workbook)["A1"].number_format = code
    assert lines_of(workbook) == [shown]


def test_dates_may_count_from_1904() -> None:
    workbook = make_workbook([date(2024, 5, 1)])
    workbook.epoch = datetime(1904, 1, 1)
    assert lines_of(workbook) == ["2024-05-01"]


def test_merged_cells_are_in_each_row_and_column_that_they_cover() -> None:
    workbook = make_workbook(
        ["Prices", None, None],
        ["Kind", "Name", "Price"],
        ["Tea", "Sencha", 3],
        [None, "Assam", 4],
        ["Pots", "closed", None],
        merged="A1:C1 A3:A4 B5:C5",
    )
    assert lines_of(workbook) == [
        "Prices",
        "Kind · Name · Price",
        "Kind: Tea · Name: Sencha · Price: 3",
        "Kind: Tea · Name: Assam · Price: 4",
        "Kind: Pots · Name: closed · Price: closed",
    ]


def test_heads_in_two_rows_are_joined() -> None:
    workbook = make_workbook(
        ["Region", 2023, None, 2024, None],
        [None, "Q1", "Q2", "Q1", "Q2"],
        ["North", 1, 2, 3, 4],
        ["South", 5, 6, 7, 8],
        merged="A1:A2 B1:C1 D1:E1",
    )
    assert lines_of(workbook)[1] == (
        "Region: North · 2023 Q1: 1 · 2023 Q2: 2 · 2024 Q1: 3 · 2024 Q2: 4"
    )


def test_merged_ranges_do_not_make_a_small_sheet_large() -> None:
    [section] = read_file("a.xlsx", make_merged_xlsx(50))
    assert len(section.text) < 50 * len("Tea: Tea · 3: 3")


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            ["Country 2019 2020", "France 1 2"],
            ["Country · 2019 · 2020", "Country: France · 2019: 1 · 2020: 2"],
        ),
        (
            ["Name Acme", "Founded 1999", "City Paris"],
            ["Name: Acme", "Founded: 1999", "City: Paris"],
        ),
        (["Founded 1999", "Staff 20"], ["Founded: 1999", "Staff: 20"]),
        (
            ["Name: Acme Date: 2024-01-01", "City: Paris"],
            ["Name: Acme · Date: 2024-01-01", "City: Paris"],
        ),
        (["No Name", "1 Tea", "2 Pot"], ["No · Name", "No: 1 · Name: Tea", "No: 2 · Name: Pot"]),
        (
            ["Name Price", "Tea 3", "", "Pot 4"],
            ["Name · Price", "Name: Tea · Price: 3", "Name: Pot · Price: 4"],
        ),
        (
            ["Name Price", "Tea 3", "", "Stock", "Item Count", "Pot 9"],
            [
                "Name · Price",
                "Name: Tea · Price: 3",
                "Stock",
                "Item · Count",
                "Item: Pot · Count: 9",
            ],
        ),
        (
            ["Name Price", "Tea 3", "", "Item Count", "Pot 9"],
            ["Name · Price", "Name: Tea · Price: 3", "Item · Count", "Item: Pot · Count: 9"],
        ),
        (
            ["", "", "- - Tea Cups", "- - Green $3.00", "- - Black 25%"],
            ["Tea · Cups", "Tea: Green · Cups: $3.00", "Tea: Black · Cups: 25%"],
        ),
        (["2021 2022", "3 4"], ["2021 · 2022", "3 · 4"]),
        (
            ["Name Price", "Black", "Assam 4", "Green", "Sencha 3"],
            ["Name · Price", "Black", "Name: Assam · Price: 4", "Green", "Name: Sencha · Price: 3"],
        ),
    ],
)
def test_each_table_of_a_sheet_has_its_own_names_of_columns(
    rows: Sequence[str], lines: Sequence[str]
) -> None:
    cells = [["" if cell == "-" else cell for cell in row.split(" ")] for row in rows]
    assert list(sheet_lines(cells)) == lines


def test_long_tables_are_streamed_under_their_head() -> None:
    rows = [["Name", "Price"], *[["Tea", str(number)] for number in range(100)], [], ["Pot", "1"]]
    lines = list(sheet_lines(rows))
    assert lines[100] == "Name: Tea · Price: 99"
    assert lines[101] == "Name: Pot · Price: 1"


def test_hidden_sheets_are_left_out() -> None:
    workbook = make_workbook(["shown"])
    hidden = workbook.create_sheet("Secret")
    hidden.append(["hidden"])
    hidden.sheet_state = "veryHidden"
    assert lines_of(workbook) == ["shown"]
    first_sheet(workbook)["A1"] = None
    with pytest.raises(Unreadable, match="Only hidden sheets have text"):
        lines_of(workbook)


def test_charts_and_comments_are_read_behind_the_rows() -> None:
    workbook = make_workbook(["Name", "Price"], ["Tea", 3])
    chart = BarChart()
    chart.title = "Prices of tea"
    chart.add_data(Reference(first_sheet(workbook), min_col=2, min_row=1, max_row=2))
    first_sheet(workbook).add_chart(chart)
    first_sheet(workbook)["B2"].comment = Comment("Too much?", "Alice")
    lines = lines_of(workbook)
    assert lines[:2] == ["Name · Price", "Name: Tea · Price: 3"]
    assert "Prices of tea" in lines
    assert lines[-1] == "Comment on B2 (Alice): Too much?"
