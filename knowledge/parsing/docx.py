"""Reads Word documents: paragraphs, lists and tables under their headings."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.errors import Unreadable
from knowledge.parsing import html
from knowledge.parsing.flow import Flow, FlowCell, Heading, emit
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.office.equations import linear_text
from knowledge.parsing.office.names import MC, M, W, chosen, integer, value
from knowledge.parsing.office.numbering import Numbering
from knowledge.parsing.office.package import Package, open_office
from knowledge.parsing.office.word_notes import Notes
from knowledge.parsing.office.word_styles import Style, Styles, list_of, outline_level
from knowledge.parsing.office.word_text import Line, TextReader
from knowledge.parsing.progress import counted
from knowledge.parsing.refusals import ONLY_RUNNING_TEXT
from knowledge.text.section import Section

# They show nothing themselves. Of text that was moved, the old place is left out.
CONTAINERS = set(map(W, ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")))
MAX_INDENTATION = 8


def read(data: bytes) -> list[Section]:
    package = open_office(data)
    reader = _DocumentReader(package)
    page = Flow()
    body = package.xml(package.main_part).find(W("body"))
    if body is not None:
        reader.read_blocks(body, page)
    builder = SectionBuilder()
    emit(page, builder)
    sections = builder.sections()
    if not any(section.text for section in sections) and _has_page_headers(package):
        raise Unreadable(ONLY_RUNNING_TEXT)
    return sections


def _has_page_headers(package: Package) -> bool:
    parts = package.all_related(package.main_part, "header", "footer")
    texts = (text for part in parts for text in package.xml(part).iter(W("t")))
    return any((text.text or "").strip() for text in texts)


class _DocumentReader:
    def __init__(self, package: Package) -> None:
        part = package.main_part
        self._package = package
        self._styles = Styles(package.optional_xml(package.related(part, "styles")))
        self._numbering = Numbering(package.optional_xml(package.related(part, "numbering")))
        self._text = TextReader(package, part, self._styles, Notes(package, part))
        # The text of a paragraph whose end was deleted: the next one goes on with it.
        self._unfinished = Line()

    def read_blocks(self, parent: _Element, flow: Flow) -> None:
        for block in counted(list(children(parent))):
            if block.tag == W("p"):
                self._read_paragraph(block, flow)
            elif block.tag == W("tbl"):
                flow.end_paragraph()
                flow.add_table(self._rows(block))
            elif block.tag in (M("oMath"), M("oMathPara")):
                flow.blocks += ["", linear_text(block), ""]
            elif block.tag == W("altChunk"):
                self._read_chunk(block, flow)
        if text := self._unfinished.text():
            flow.blocks += ["", text, ""]
            self._unfinished = Line()

    def _read_paragraph(self, paragraph: _Element, flow: Flow) -> None:
        properties = paragraph.find(W("pPr"))
        line, self._unfinished = self._unfinished, Line()
        self._text.collect(paragraph, line)
        if _goes_on(properties):
            self._unfinished = line
            return
        style = self._styles.get(_style_name(properties) or self._styles.default)
        if text := line.text():
            self._add(text, properties, style, flow)
        for shown in line.after:
            if not isinstance(shown, str):
                flow.end_paragraph()
                self.read_blocks(shown, flow)
            elif shown:
                flow.blocks += ["", shown, ""]

    def _add(self, text: str, properties: _Element | None, style: Style, flow: Flow) -> None:
        label, level = self._label(properties, style)
        heading = outline_level(properties)
        heading = style.heading if heading is None else heading or None
        if heading is not None:
            label = "" if label in ("", "-") else f"{label} "
            flow.blocks.append(Heading(heading, label + text))
            flow.is_structured = True
        elif label:
            flow.blocks.append(f"{'  ' * min(level, MAX_INDENTATION)}{label} {text}")
        else:
            flow.blocks += ["", text, ""]

    def _label(self, properties: _Element | None, style: Style) -> tuple[str, int]:
        """What numbers the paragraph, "-" for a bullet, and how deep its list is nested."""
        number, level = list_of(properties)
        number = style.number if number is None else number
        if level is None:
            level = style.level
        if level is None:
            level = self._numbering.level_of_style(number, _style_name(properties))
        label = self._numbering.label(number, level)
        if label is None:
            return "-" if style.is_bullet and number != "0" else "", 0
        return label, level

    def _rows(self, table: _Element) -> list[list[FlowCell]]:
        rows: list[list[FlowCell]] = []
        # By column: the row and the place of the cell that goes on below.
        merged: dict[int, tuple[int, int]] = {}
        for row in children(table, W("tr")):
            if row.find(f"{W('trPr')}/{W('del')}") is not None:
                continue
            rows.append(self._cells(row, rows, merged))
        return rows

    def _cells(
        self, row: _Element, above: list[list[FlowCell]], merged: dict[int, tuple[int, int]]
    ) -> list[FlowCell]:
        before = integer(value(row.find(f"{W('trPr')}/{W('gridBefore')}")))
        cells: list[FlowCell] = [(Flow(), 1, before)] if before > 0 else []
        column = max(before, 0)
        for cell in children(row, W("tc")):
            properties = cell.find(W("tcPr"))
            width = max(1, integer(_property(properties, "gridSpan"), 1))
            merge = properties.find(W("vMerge")) if properties is not None else None
            goes_on = merge is not None and value(merge, "continue") != "restart"
            if goes_on and column in merged:
                at, place = merged[column]
                flow, down, across = above[at][place]
                above[at][place] = (flow, down + 1, across)
            else:
                merged.pop(column, None)
                if merge is not None:
                    merged[column] = (len(above), len(cells))
                cells.append((self._cell(cell), 1, width))
            column += width
        return cells

    def _cell(self, cell: _Element) -> Flow:
        flow = Flow()
        if cell.find(f"{W('tcPr')}/{W('cellDel')}") is None:
            self.read_blocks(cell, flow)
        return flow

    def _read_chunk(self, chunk: _Element, flow: Flow) -> None:
        """A page of HTML that Word shows as a part of the document."""
        part = self._package.referenced(self._package.main_part, chunk)
        if part and "html" in self._package.content_type(part):
            for section in html.read(self._package.read(part)):
                flow.blocks += ["", section.text, ""]


def children(parent: _Element, tag: str | None = None) -> Iterator[_Element]:
    """The blocks, rows or cells, also those inside of content controls."""
    open_parents = [iter(parent)]
    while open_parents:
        for child in open_parents[-1]:
            if child.tag in CONTAINERS or child.tag == MC("AlternateContent"):
                is_container = child.tag in CONTAINERS
                open_parents.append(iter(child if is_container else chosen(child)))
                break
            if tag is None or child.tag == tag:
                yield child
        else:
            open_parents.pop()


def _goes_on(properties: _Element | None) -> bool:
    """Whether the end of the paragraph was deleted, or moved away."""
    marks = properties.find(W("rPr")) if properties is not None else None
    return marks is not None and any(marks.find(W(tag)) is not None for tag in ("del", "moveFrom"))


def _style_name(properties: _Element | None) -> str:
    return _property(properties, "pStyle")


def _property(properties: _Element | None, name: str) -> str:
    return value(properties.find(W(name))) if properties is not None else ""
