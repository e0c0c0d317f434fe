"""Reads Excel workbooks: one section for each sheet, one line for each row."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.office.merged_cells import MergedCells, ranges_of_sheet
from knowledge.parsing.office.names import R, S
from knowledge.parsing.office.package import Package, open_office
from knowledge.parsing.office.shapes import shapes_text
from knowledge.parsing.office.sheet_cells import CellReader
from knowledge.parsing.office.sheet_comments import comments
from knowledge.parsing.office.sheet_rows import read_rows
from knowledge.parsing.progress import counted
from knowledge.parsing.sheet_limits import within_limits
from knowledge.parsing.sheet_tables import sheet_lines
from knowledge.text.section import Section


def read(data: bytes) -> list[Section]:
    package = open_office(data)
    workbook = package.xml(package.main_part)
    cells = CellReader(package, workbook)
    sections, hidden = [], 0
    for sheet in counted(workbook.findall(f"{S('sheets')}/{S('sheet')}")):
        part = package.referenced(package.main_part, sheet, R("id"))
        if sheet.get("state", "visible") != "visible":
            hidden += 1
        elif package.take(part):
            text = "\n".join(_lines(package, part, cells))
            sections.append(Section(f"sheet {sheet.get('name')}", text, by_lines=True))
    if hidden and not any(section.text for section in sections):
        raise Unreadable(_("Only hidden sheets have text. Show them and send the file again."))
    return sections


def _lines(package: Package, part: str, cells: CellReader) -> Iterator[str]:
    yield from sheet_lines(within_limits(_rows(package, part, cells)))
    drawing = package.related(part, "drawing")
    if drawing:
        for text in filter(None, shapes_text(package, drawing, package.xml(drawing))):
            yield f"\n{text}"
    yield from comments(package, part)


def _rows(package: Package, part: str, cells: CellReader) -> Iterator[list[str]]:
    """An empty row stands for any number of them."""
    data = package.content(part)
    merged = MergedCells(ranges_of_sheet(data))
    last = 0
    for number, row in read_rows(data, cells):
        if number > last + 1:
            yield []
        last = number
        yield merged.filled(number, row)
