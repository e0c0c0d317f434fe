"""Reads Excel workbooks: one section for each sheet, one line for each row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.progress import counted
from knowledge.parsing.table_rows import labelled_rows
from knowledge.parsing.zip_package import open_package
from knowledge.text.section import Section

MAX_CELLS = 2_000_000


def read(data: bytes) -> list[Section]:
    # Read-only sheets are streamed: a large one is never in memory as a whole.
    workbook = load_workbook(open_package(data), read_only=True, data_only=True, keep_links=False)
    return [
        Section(f"sheet {sheet.title}", "\n".join(labelled_rows(_rows(sheet))))
        for sheet in counted(workbook.worksheets)
        if sheet.sheet_state == "visible"
    ]


def _rows(sheet: Any) -> Iterator[list[str]]:
    # `Any`: openpyxl's type stubs do not know read-only sheets.
    # The dimensions stored in a sheet may claim a million empty columns.
    sheet.reset_dimensions()
    cells = 0
    for row in sheet.iter_rows():
        cells += len(row)
        if cells > MAX_CELLS:
            raise Unreadable(_("The workbook has a sheet of more than 2 million cells."))
        yield [_shown(cell) for cell in row]


def _shown(cell: ReadOnlyCell) -> str:
    """The value, roughly as Excel shows it."""
    match cell.value:
        case None:
            return ""
        case datetime() as moment if moment.time() == time():
            return moment.date().isoformat()
        case datetime() as moment:
            return moment.isoformat(" ", "minutes")
        case bool() as flag:
            return str(flag).upper()
        case int() | float() as number if "%" in (cell.number_format or ""):
            return f"{round(number * 100, 2):g}%"
        case float() as number if number.is_integer():
            return str(int(number))
        case value:
            return str(value)
