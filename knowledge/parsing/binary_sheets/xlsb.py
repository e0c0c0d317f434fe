"""Reads binary workbooks (.xlsb): one section for each sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.binary_sheets.cell_values import CellTexts, number_writer
from knowledge.parsing.binary_sheets.sparse_rows import rows_of
from knowledge.parsing.binary_sheets.xlsb_cells import cells, merged_ranges
from knowledge.parsing.binary_sheets.xlsb_comments import comments
from knowledge.parsing.binary_sheets.xlsb_records import records, wide_text
from knowledge.parsing.office.package import Package, open_office
from knowledge.parsing.office.shapes import shapes_text
from knowledge.parsing.progress import counted
from knowledge.parsing.sheet_limits import within_limits
from knowledge.parsing.sheet_tables import sheet_lines
from knowledge.text.section import Section

WORKBOOK_PROPERTIES, SHEET, STRING = 153, 156, 19
FORMAT, STYLE, STYLES_START, STYLES_END = 44, 47, 617, 618
VISIBLE = 0


@dataclass(frozen=True, slots=True)
class _SheetEntry:
    name: str
    part: str
    is_visible: bool


def read_xlsb(data: bytes) -> list[Section]:
    package = open_office(data)
    texts = _cell_texts(package)
    sections = []
    sheets = list(_sheets(package))
    for sheet in counted([sheet for sheet in sheets if sheet.is_visible]):
        if package.take(sheet.part):
            text = "\n".join(_lines(package, sheet.part, texts))
            sections.append(Section(f"sheet {sheet.name}", text, by_lines=True))
    if len(sections) < len(sheets) and not any(section.text for section in sections):
        raise Unreadable(_("Only hidden sheets have text. Show them and send the file again."))
    return sections


def _sheets(package: Package) -> Iterator[_SheetEntry]:
    part = package.main_part
    related = package.relationships(part)
    for kind, content in records(package.read(part)):
        if kind == SHEET:
            identifier, end = wide_text(content, 8)
            found = related.get(identifier)
            is_visible = content[0] == VISIBLE
            yield _SheetEntry(wide_text(content, end)[0], found.target if found else "", is_visible)


def _cell_texts(package: Package) -> CellTexts:
    part = package.main_part
    since_1904 = any(
        kind == WORKBOOK_PROPERTIES and content[0] & 1
        for kind, content in records(package.read(part))
    )
    strings = package.related(part, "sharedStrings")
    found = [
        wide_text(content, 1)[0]
        for kind, content in records(package.read(strings) if strings else b"")
        if kind == STRING
    ]
    own, styles = _formats(package)
    return CellTexts(number_writer(own, styles, since_1904), found)


def _formats(package: Package) -> tuple[dict[int, str], list[int]]:
    """The formats of the file by their numbers, and the numbers by style."""
    part = package.related(package.main_part, "styles")
    own, styles, is_of_cells = {}, [], False
    for kind, content in records(package.read(part)) if part else ():
        if kind == FORMAT:
            own[int.from_bytes(content[:2], "little")] = wide_text(content, 2)[0]
        elif kind in (STYLES_START, STYLES_END):
            is_of_cells = kind == STYLES_START
        elif kind == STYLE and is_of_cells:
            styles.append(int.from_bytes(content[2:4], "little"))
    return own, styles


def _lines(package: Package, part: str, texts: CellTexts) -> Iterator[str]:
    data = package.read(part)
    yield from sheet_lines(within_limits(rows_of(cells(data, texts), merged_ranges(data))))
    drawing = package.related(part, "drawing")
    if drawing:
        for text in filter(None, shapes_text(package, drawing, package.xml(drawing))):
            yield f"\n{text}"
    yield from comments(package, part)
