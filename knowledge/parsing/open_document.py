"""Reads texts and presentations of OpenDocument, as LibreOffice writes them: .odt, .odp, .fodt."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree

from knowledge.errors import Unreadable
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.office.symbols import without_private
from knowledge.parsing.open_charts import chart_text, is_chart
from knowledge.parsing.open_document_lists import Counts, ListStyles
from knowledge.parsing.open_document_styles import text_styles
from knowledge.parsing.progress import counted
from knowledge.parsing.refusals import ONLY_RUNNING_TEXT
from knowledge.parsing.table_rows import Cell, expand_spans, markdown_table
from knowledge.parsing.zip_package import check_open_document, open_package
from knowledge.text.places import place_of
from knowledge.text.section import Section

PARSER = {
    "resolve_entities": False,
    "no_network": True,
    "remove_comments": True,
    # Of errors that are not fatal, such as an identifier with a space.
    "recover": True,
}
# Of a paragraph: what is not part of its text. Deleted text is in "tracked-changes".
SILENT = {"tracked-changes", "ruby-text", "bookmark", "forms", "sequence-decls", "sender-firstname"}
REPEATED_ON_SLIDES = {"footer", "header", "date-time", "page-number"}
MAX_SPACES = 40
# A cell or row that is repeated more often fills the sheet to its end.
MAX_REPEATED = 100


def read(data: bytes) -> list[Section]:
    with ZipFile(open_package(data, allow_doctype=True)) as archive:
        parts = archive.NameToInfo
        check_open_document(archive)
        trees = {
            name.removesuffix("/content.xml"): _xml(archive.read(name))
            for name in parts
            if name == "content.xml" or name.endswith("/content.xml")
        }
        styles = [_xml(archive.read("styles.xml"))] if "styles.xml" in parts else []
    sections = _Reader(trees.pop("content.xml"), styles, trees).sections()
    if not any(section.text for section in sections) and any(map(_has_page_headers, styles)):
        raise Unreadable(ONLY_RUNNING_TEXT)
    return sections


def _has_page_headers(styles: etree._Element) -> bool:
    return any("".join(part.itertext()).strip() for part in styles.iter("{*}header", "{*}footer"))


def read_tree(root: etree._Element) -> list[Section]:
    """A document that is one XML file."""
    return _Reader(root, [], {}).sections()


class _Reader:
    def __init__(
        self,
        root: etree._Element,
        styles: list[etree._Element],
        objects: dict[str, etree._Element],
    ) -> None:
        self._root = root
        self._objects = objects
        self._lists = ListStyles([*styles, root])
        self._styles = text_styles([*styles, root])
        self._builder = SectionBuilder()
        # Notes and comments, which follow the paragraph that they belong to.
        self._notes: list[str] = []
        self._note_number = 0

    def sections(self) -> list[Section]:
        # Templates of tables in the styles have a "body", too.
        body = self._root.find("{*}body")
        if body is None:
            return []
        slides = body.xpath(
            "./*[local-name()='presentation']/*[local-name()='page'] | ./*[local-name()='page']"
        )
        if slides:
            return [self._slide(*slide) for slide in counted(list(enumerate(slides, 1)))]
        self._read(body)
        return self._builder.sections()

    def _slide(self, number: int, slide: etree._Element) -> Section:
        self._builder = SectionBuilder()
        title = ""
        for shape in slide:
            kind = _attribute(shape, "class")
            if kind == "title" and not title:
                title = " ".join("".join(shape.itertext()).split())
            elif kind not in REPEATED_ON_SLIDES and _name(shape) != "animations":
                self._read(shape)
                self._builder.add_line("")
        place = place_of([f"slide {number}", title])
        text = "\n".join(section.text for section in self._builder.sections())
        return Section(place, text.strip() or title)

    def _read(self, element: etree._Element) -> None:
        """Everything that stands below one another in this element."""
        match _name(element):
            case "h":
                level = int(
                    _attribute(element, "outline-level") or _attribute(element, "level") or 1
                )
                self._builder.add_heading(level, self._heading(element, level))
                self._add_notes()
            case "p" if _attribute(element, "style-name") in self._styles.titles:
                self._builder.add_heading(0, self._text(element))
            case "p":
                self._builder.add_line(f"{self._text(element)}\n")
                self._add_notes()
            case "list" | "ordered-list" | "unordered-list":
                style = _attribute(element, "style-name") or ""
                self._read_list(element, style, 1, self._lists.counts(element, style))
            case "table":
                self._builder.add_line(f"\n{self._table(element)}\n")
                self._add_notes()
            case "frame" | "object" | "equation":
                self._builder.add_line(f"{self._frame(element)}\n")
                self._add_notes()
            case "section" if _attribute(element, "display") == "none":
                return
            case name if name not in SILENT:
                for child in counted(list(element.iterchildren("*"))):
                    self._read(child)

    def _add_notes(self) -> None:
        for note in self._notes:
            self._builder.add_line(f"{note}\n")
        self._notes.clear()

    def _heading(self, element: etree._Element, level: int) -> str:
        text = self._text(element)
        if not text or _attribute(element, "is-list-header") == "true":
            return text
        return self._lists.heading(level, _attribute(element, "start-value")) + text

    def _read_list(self, element: etree._Element, style: str, level: int, counts: Counts) -> None:
        style = _attribute(element, "style-name") or style
        for item in element.iterchildren("*"):
            mark = ""
            # What begins with a list has no number itself.
            if _name(item) == "list-item" and len(item) and not _name(item[0]).endswith("list"):
                mark = self._lists.mark(style, level, counts, _attribute(item, "start-value"))
            for child in item.iterchildren("*"):
                if _name(child).endswith("list"):
                    self._read_list(child, style, level + 1, counts)
                elif _name(child) in ("p", "h"):
                    text = self._text(child)
                    self._builder.add_line(f"{'  ' * (level - 1)}{mark}{text}" if text else "")
                    mark = " " * len(mark)
                else:
                    self._read(child)
            self._add_notes()
        if level == 1:
            self._builder.add_line("")

    def _table(self, table: etree._Element) -> str:
        rows = []
        for row in _rows(table):
            cells = [
                Cell(
                    self._block_text(cell),
                    int(_attribute(cell, "number-rows-spanned") or 1),
                    int(_attribute(cell, "number-columns-spanned") or 1),
                )
                for cell in row.iterchildren("*")
                if _name(cell) == "table-cell"
                for _again in range(_repeated(cell, "number-columns-repeated"))
            ]
            rows += [cells] * _repeated(row, "number-rows-repeated")
        return markdown_table(expand_spans(rows))

    def _frame(self, frame: etree._Element) -> str:
        """A picture by its description, an equation or a chart by its text, or a box of text."""
        parts = []
        for child in frame.iterchildren("*"):
            target = (_attribute(child, "href") or "").removeprefix("./")
            if _name(child) == "object" and target in self._objects:
                parts.append(_object_text(self._objects[target]))
            elif _name(child) in ("title", "desc"):
                parts.append(f"[{' '.join(''.join(child.itertext()).split())}]")
            elif _name(child) == "table":
                parts.append(self._table(child))
            else:
                parts.append(self._block_text(child))
        return "\n".join(filter(None, dict.fromkeys(parts)))

    def _block_text(self, element: etree._Element) -> str:
        """The text of what stands below one another, as lines."""
        if _name(element) in ("p", "h"):
            return self._text(element)
        if _name(element) == "frame":
            return self._frame(element)
        if _name(element) in SILENT:
            return ""
        return "\n".join(filter(None, map(self._block_text, element.iterchildren("*"))))

    def _text(self, element: etree._Element) -> str:
        return "".join(self._runs(element)).strip()

    def _runs(self, element: etree._Element) -> Iterator[str]:
        style = _attribute(element, "style-name") or ""
        if style in self._styles.hidden:
            return
        font = self._styles.fonts.get(style, "")
        for run in self._all_runs(element):
            yield without_private(font, run) if font else run

    def _all_runs(self, element: etree._Element) -> Iterator[str]:
        yield _collapsed(element.text)
        for child in element.iterchildren("*"):
            yield from self._run(child)
            yield _collapsed(child.tail)

    def _run(self, child: etree._Element) -> Iterator[str]:
        match _name(child):
            case "s":
                yield " " * min(int(_attribute(child, "c") or 1), MAX_SPACES)
            case "tab" | "tab-stop":
                yield "\t"
            case "line-break":
                yield "\n"
            case "note" | "footnote" | "endnote":
                yield self._note(child)
            case "annotation":
                who = child.findtext("{*}creator") or child.findtext("{*}author") or ""
                text = " ".join(self._text(part) for part in child.findall("{*}p"))
                self._notes.append(f"Comment ({who}): {text}" if who else f"Comment: {text}")
            case "frame" | "text-box" | "object":
                yield f"\n{self._frame(child)}\n"
            case "custom-shape" | "rect" | "g":
                yield f"\n{self._block_text(child)}\n"
            case name if name not in SILENT:
                yield from self._runs(child)

    def _note(self, note: etree._Element) -> str:
        [mark, *_rest] = ["".join(part.itertext()).strip() for part in note] or [""]
        self._note_number += 1
        mark = mark or str(self._note_number)
        body = self._block_text(note[-1]) if len(note) else ""
        self._notes.append(f"[{mark}] {' '.join(body.split())}")
        return f"[{mark}]"


def _object_text(root: etree._Element) -> str:
    """An equation as it was typed, a chart with its numbers, or the words of something else."""
    if is_chart(root):
        return f"\n{chart_text(root)}\n"
    if annotation := root.findtext(".//{*}annotation"):
        return str(annotation).strip()
    texts = (" ".join("".join(part.itertext()).split()) for part in root.iter("{*}p"))
    return " · ".join(filter(None, texts)) or " ".join("".join(root.itertext()).split())


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table.iterchildren("*"):
        if _name(child) == "table-row":
            yield child
        elif _name(child) in ("table-rows", "table-header-rows", "table-row-group"):
            yield from _rows(child)


def _repeated(element: etree._Element, name: str) -> int:
    count = int(_attribute(element, name) or 1)
    return count if count <= MAX_REPEATED else 1


def _collapsed(text: str | None) -> str:
    """As in HTML, white space is one space: others are elements."""
    if not text:
        return ""
    words = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{words}{' ' * (text[-1].isspace() and bool(words))}"


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str | None:
    for full, value in element.attrib.items():
        if full.rpartition("}")[2] == name:
            return str(value)
    return None


def _xml(part: bytes) -> etree._Element:
    # A parser of its own for each file: one that is used again keeps what it has seen.
    parser = etree.XMLParser(**PARSER)
    root: etree._Element | None = etree.fromstring(part, parser)
    fatal = parser.error_log.filter_from_fatals()
    if root is None or fatal:
        raise ValueError(fatal.last_error.message if fatal else "no XML")
    return root
