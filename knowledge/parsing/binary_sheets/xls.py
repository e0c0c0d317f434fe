"""Reads workbooks of Excel 5 to 2003 (.xls): one section for each sheet ([MS-XLS])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.binary_sheets.cell_values import CellTexts, number_writer
from knowledge.parsing.binary_sheets.compound_file import CompoundFile
from knowledge.parsing.binary_sheets.sparse_rows import rows_of
from knowledge.parsing.binary_sheets.xls_cells import XlsSheet
from knowledge.parsing.binary_sheets.xls_charts import chart_text
from knowledge.parsing.binary_sheets.xls_encryption import decrypted
from knowledge.parsing.binary_sheets.xls_notes import note_lines
from knowledge.parsing.binary_sheets.xls_records import Kind, Record, records
from knowledge.parsing.binary_sheets.xls_strings import (
    code_page_name,
    counted_text,
    shared_strings,
)
from knowledge.parsing.progress import counted
from knowledge.parsing.sheet_limits import within_limits
from knowledge.parsing.sheet_tables import sheet_lines
from knowledge.text.section import Section

EXCEL_97 = 0x0600
WORKSHEET, CHART_SHEET, VISIBLE = 0, 2, 0


@dataclass(frozen=True, slots=True)
class _SheetEntry:
    name: str
    start: int
    is_visible: bool
    is_chart: bool


def read_xls(data: bytes) -> list[Section]:
    stream = CompoundFile(data).stream("Workbook", "Book")
    workbook = list(records(stream, 0))
    if not workbook or workbook[0].kind != Kind.START:
        raise Unreadable(_("The file is damaged: it breaks off or was changed."))
    locked = next((record for record in workbook if record.kind == Kind.PASSWORD), None)
    if locked:
        stream = _decrypted(stream, locked)
        workbook = list(records(stream, 0))
    code_page = _code_page(workbook)
    texts = _cell_texts(workbook, code_page)
    return [
        Section(f"sheet {sheet.name}", "\n".join(_lines(stream, sheet, texts)), by_lines=True)
        for sheet in counted(_visible_sheets(workbook, code_page))
    ]


def _decrypted(stream: bytes, locked: Record) -> bytes:
    plain = decrypted(stream, locked.content)
    if plain is None:
        raise Unreadable(
            _("The file is protected by a password. Remove it and send the file again.")
        )
    return plain


def _code_page(workbook: list[Record]) -> str | None:
    """None since Excel 97, which writes Unicode."""
    (version,) = struct.unpack_from("<H", workbook[0].content)
    if version >= EXCEL_97:
        return None
    named = (record.content for record in workbook if record.kind == Kind.CODE_PAGE)
    return next(map(code_page_name, named), "cp1252")


def _cell_texts(workbook: list[Record], code_page: str | None) -> CellTexts:
    own, styles, strings, since_1904 = {}, [], [], False
    for record in workbook:
        content = record.content
        match record.kind:
            case Kind.DATE_MODE:
                since_1904 = content[:1] == b"\1"
            case Kind.FORMAT:
                width = 1 if code_page else 2
                number = int.from_bytes(content[:2], "little")
                own[number] = counted_text(record.segments, 2, code_page, width)
            case Kind.STYLE:
                styles.append(int.from_bytes(content[2:4], "little"))
            case Kind.STRINGS:
                strings = list(shared_strings(record.segments))
    return CellTexts(number_writer(own, styles, since_1904), strings, code_page)


def _visible_sheets(workbook: list[Record], code_page: str | None) -> list[_SheetEntry]:
    sheets = list(_sheets(workbook, code_page))
    visible = [sheet for sheet in sheets if sheet.is_visible]
    if sheets and not visible:
        raise Unreadable(_("Only hidden sheets have text. Show them and send the file again."))
    return visible


def _sheets(workbook: list[Record], code_page: str | None) -> Iterator[_SheetEntry]:
    for record in workbook:
        if record.kind == Kind.SHEET:
            start, state, kind = struct.unpack_from("<IBB", record.content)
            if kind in (WORKSHEET, CHART_SHEET):
                name = counted_text(record.segments, 6, code_page, 1)
                yield _SheetEntry(name, start, state & 3 == VISIBLE, kind == CHART_SHEET)


def _lines(stream: bytes, entry: _SheetEntry, texts: CellTexts) -> Iterator[str]:
    if entry.is_chart:
        yield chart_text(stream, entry.start, texts)
        return
    sheet = XlsSheet(stream, entry.start, texts)
    yield from sheet_lines(within_limits(rows_of(sheet.cells(), sheet.merged)))
    for text in filter(None, (chart_text(stream, start, texts) for start in sheet.charts)):
        yield f"\n{text}"
    yield from note_lines(sheet.notes)
