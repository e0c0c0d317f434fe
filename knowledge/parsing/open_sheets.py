"""Reads spreadsheets of OpenDocument (.ods): the text that each cell shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeAlias
from zipfile import ZipFile

from lxml import etree
from lxml.etree import _Element

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.office.comment_line import comment_line
from knowledge.parsing.office.merged_cells import MergedCells, Range
from knowledge.parsing.office.names import integer
from knowledge.parsing.office.number_formats import general
from knowledge.parsing.open_charts import chart_text, is_chart
from knowledge.parsing.progress import report
from knowledge.parsing.sheet_limits import MAX_COLUMNS, within_limits
from knowledge.parsing.sheet_tables import sheet_lines
from knowledge.parsing.table_rows import cell_name
from knowledge.parsing.zip_package import check_open_document, open_package
from knowledge.text.section import Section

Events: TypeAlias = Iterator[tuple[str, _Element]]

# A value that is repeated more often fills the sheet to its end.
MAX_REPEATED = 1000
TAGS = ("{*}table", "{*}table-row", "{*}style", "{*}shapes")
# They have texts of their own, which are not those of the cell.
BESIDE = tuple(
    f"{{*}}{name}"
    for name in ("annotation", "frame", "custom-shape", "g", "rect", "line", "ellipse", "a")
)


def read(data: bytes) -> list[Section]:
    with ZipFile(open_package(data, allow_doctype=True)) as archive:
        check_open_document(archive)
        sections, hidden = _sections(archive)
    if hidden and not any(section.text for section in sections):
        raise Unreadable(_("Only hidden sheets have text. Show them and send the file again."))
    return sections


def _sections(archive: ZipFile) -> tuple[list[Section], int]:
    """Those of the sheets that are shown, and how many are not."""
    content = archive.read("content.xml")
    file = BytesIO(content)
    events: Events = etree.iterparse(
        file,
        events=("start", "end"),
        tag=TAGS,
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    sections, hidden = [], 0
    hidden_styles: set[str] = set()
    charts = _Charts(archive)
    for event, element in events:
        if event == "end" and _local(element) == "style":
            if any(_attribute(child, "display") == "false" for child in element):
                hidden_styles.add(_attribute(element, "name"))
        elif event == "start" and _local(element) == "table":
            sheet = _Sheet(
                events,
                _attribute(element, "name"),
                charts,
                lambda: report(file.tell() / len(content)),
            )
            is_hidden = _attribute(element, "style-name") in hidden_styles
            section = sheet.section()
            hidden += is_hidden
            if not is_hidden:
                sections.append(section)
    return sections, hidden


class _Charts:
    """They are parts of their own, each of which is told once."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._left = set(archive.namelist())

    def texts(self, frame: _Element) -> Iterator[str]:
        for reference in frame.iter("{*}object"):
            part = f"{_attribute(reference, 'href').removeprefix('./')}/content.xml"
            if part in self._left:
                self._left.remove(part)
                # A parser of its own for each: one that is used again keeps what it has seen.
                parser = etree.XMLParser(resolve_entities=False, no_network=True)
                root = etree.fromstring(self._archive.read(part), parser)
                if is_chart(root):
                    yield f"\n{chart_text(root)}"


@dataclass
class _Sheet:
    events: Events
    name: str
    charts: _Charts
    report: Callable[[], None]
    # Comments, the texts of shapes, and charts.
    notes: list[str] = field(default_factory=list)
    merged: MergedCells = field(default_factory=lambda: MergedCells([]))

    def section(self) -> Section:
        lines = list(sheet_lines(within_limits(self._rows())))
        return Section(f"sheet {self.name}", "\n".join([*lines, *self.notes]), by_lines=True)

    def _rows(self) -> Iterator[list[str]]:
        depth, number = 1, 0
        for event, element in self.events:
            if _local(element) == "table":
                depth += 1 if event == "start" else -1
                if not depth:
                    return
            elif event == "end" and _local(element) == "table-row" and depth == 1:
                cells = self._cells(element, number)
                repeated = integer(_attribute(element, "number-rows-repeated"), 1)
                element.clear()
                self.report()
                for at in range(min(repeated, MAX_REPEATED) if cells else 1):
                    yield self.merged.filled(number + at, list(cells))
                number += max(1, repeated)
            elif event == "end" and _local(element) == "shapes":
                self.notes += filter(None, map(_text, element.iter("{*}p")))
                self.notes += self.charts.texts(element)

    def _cells(self, row: _Element, number: int) -> list[str]:
        shown: list[str] = []
        column = 0
        for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
            attributes = _attributes(cell)
            repeated = max(1, integer(attributes.get("number-columns-repeated"), 1))
            text = _shown(cell, attributes)
            if text and column < MAX_COLUMNS:
                shown += [""] * (column - len(shown))
                shown += [text] * min(repeated, MAX_REPEATED)
            self._add_range(attributes, number, column)
            if len(cell):
                self._add_notes(cell, number, column)
            column += repeated
        return shown

    def _add_range(self, attributes: Mapping[str, str], row: int, column: int) -> None:
        down = integer(attributes.get("number-rows-spanned"), 1)
        across = integer(attributes.get("number-columns-spanned"), 1)
        if down > 1 or across > 1:
            self.merged.add(Range(row, column, row + down - 1, column + across - 1))

    def _add_notes(self, cell: _Element, row: int, column: int) -> None:
        for beside in cell.iterchildren(*BESIDE):
            text = " ".join(filter(None, map(_text, beside.iter("{*}p"))))
            if text and _local(beside) == "annotation":
                author = beside.findtext("{*}creator") or ""
                text = comment_line(author, text, cell_name(row, column))
            self.notes += [text] if text else []
            self.notes += self.charts.texts(beside)


def _shown(cell: _Element, attributes: Mapping[str, str]) -> str:
    """The text of the cell; of dates the ISO form, and without a text the value."""
    paragraphs = [_text(part) for part in cell.iterchildren("{*}p")] if len(cell) else []
    if moment := attributes.get("date-value"):
        date, _, time = moment.partition("T")
        has_time = time.strip("0:.") and (":" in "".join(paragraphs) or not any(paragraphs))
        return f"{date} {time.removesuffix(':00')}" if has_time else date
    if any(paragraphs):
        return "\n".join(paragraphs)
    number = attributes.get("value", "")
    try:
        return general(float(number)) if number else attributes.get("string-value", "")
    except ValueError:
        return number


def _text(element: _Element) -> str:
    words = [element.text or ""]
    for child in element:
        match _local(child):
            case "s":
                words.append(" ")
            case "tab":
                words.append("\t")
            case "line-break":
                words.append("\n")
            case "annotation" | "ruby-text" | "":
                pass
            case _:
                words.append(_text(child))
        words.append(child.tail or "")
    return "".join(words)


def _attributes(element: _Element) -> dict[str, str]:
    return {str(name).rpartition("}")[2]: str(text) for name, text in element.attrib.items()}


def _attribute(element: _Element, local: str) -> str:
    return next(
        (str(text) for name, text in element.attrib.items() if name.endswith(f"}}{local}")), ""
    )


def _local(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
