"""Reads spreadsheets of other kinds than .xlsx: .xls, .xlsb and .ods."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.progress import counted
from knowledge.parsing.table_rows import labelled_rows
from knowledge.parsing.zip_package import ZIP, open_package
from knowledge.text.section import Section

MAX_CELLS = 2_000_000

Value = int | float | str | bool | time | date | datetime | timedelta


def read(data: bytes) -> list[Section]:
    file = open_package(data) if data.startswith(ZIP) else BytesIO(data)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
    except PasswordError:
        raise Unreadable(
            _("The file is protected by a password. Remove it and send the file again.")
        ) from None
    return [
        Section(f"sheet {sheet.name}", "\n".join(labelled_rows(_rows(workbook, sheet.name))))
        for sheet in counted(workbook.sheets_metadata)
        if sheet.visible == SheetVisibleEnum.Visible
    ]


def _rows(workbook: CalamineWorkbook, name: str) -> list[list[str]]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.height * sheet.width > MAX_CELLS:
        raise Unreadable(_("The workbook has a sheet of more than 2 million cells."))
    return [list(map(_shown, row)) for row in sheet.to_python()]


def _shown(value: Value) -> str:
    match value:
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case _:
            return str(value)
