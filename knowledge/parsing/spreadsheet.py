"""Reads spreadsheets of other kinds than .xlsx: .xls and .xlsb."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import sheet_limits
from knowledge.parsing.office.merged_cells import MergedCells, Range
from knowledge.parsing.office.number_formats import general
from knowledge.parsing.progress import counted
from knowledge.parsing.sheet_tables import sheet_lines
from knowledge.parsing.zip_package import ZIP, open_package
from knowledge.text.section import Section

Value = int | float | str | bool | time | date | datetime | timedelta


def read(data: bytes) -> list[Section]:
    try:
        return _read(data)
    except BaseException as error:
        # What the library did not expect of a file: no Exception, and its type has no address.
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from error


def _read(data: bytes) -> list[Section]:
    file = open_package(data) if data.startswith(ZIP) else BytesIO(data)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
    except PasswordError:
        raise Unreadable(
            _("The file is protected by a password. Remove it and send the file again.")
        ) from None
    return [
        Section(
            f"sheet {sheet.name}",
            "\n".join(sheet_lines(sheet_limits.within_limits(_rows(workbook, sheet.name)))),
            by_lines=True,
        )
        for sheet in counted(workbook.sheets_metadata)
        if sheet.visible == SheetVisibleEnum.Visible
    ]


def _rows(workbook: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.height * sheet.width > sheet_limits.MAX_CELLS:
        raise Unreadable(_("The workbook has a sheet of more than 2 million cells."))
    merged = MergedCells(_ranges(sheet))
    for number, row in enumerate(sheet.to_python(skip_empty_area=False)):
        yield merged.filled(number, list(map(_shown, row)))


def _ranges(sheet: CalamineSheet) -> Iterator[Range]:
    for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        yield Range(first_row, first_column, last_row, last_column)


def _shown(value: Value) -> str:
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return general(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case timedelta():
            return _hours(value)
        case _:
            return str(value)


def _hours(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
