"""Reads XML of any vocabulary: titles become places, prose stays prose, data keeps its names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import html, open_document
from knowledge.parsing.encodings import decode
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.progress import counted
from knowledge.parsing.refusals import NESTED, TOO_DEEP
from knowledge.parsing.table_rows import markdown_table
from knowledge.text.section import Section

DECLARATION = re.compile(r"\s*+<\?xml\b[^<>]*+>")
# What DocBook, JATS, TEI, DITA, feeds and e-books call their titles, prose, rows, cells and code.
TITLES = {"title", "head", "label"}
PROSE = {
    *("p", "para", "simpara", "text", "title", "subtitle", "content", "description", "summary"),
    *("body", "abstract", "v", "line", "l", "head", "label", "term", "string", "value", "entry"),
}
ROWS, CELLS = {"row", "tr"}, {"entry", "td", "th", "cell", "Cell"}
CODE = {"programlisting", "screen", "literallayout", "pre", "codeblock", "code", "synopsis"}
# What says nothing to a reader.
HIDDEN = {"binary", "style", "script", "binData", "defs"}
SILENT = re.compile(r"id|idref|.*[Ii]d|class|style|type|lang|space|href|src|url|xmlns|version|role")
# Text that is a part of a page itself, as in feeds; other tags in it are what it is about.
MARKUP = re.compile(
    r"</?(?:a|abbr|article|b|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|figure|font|h[1-6]|hr"
    r"|i|img|li|ol|p|pre|q|s|section|small|span|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul)"
    r"\b[^<>]{0,500}>",
    re.IGNORECASE,
)
BLOB = re.compile(r"[A-Za-z0-9+/=\s]{1000,}")
MAX_NAME = 60
LIMITS = {"ERR_ENTITY_LOOP", "ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", "ERR_NAME_TOO_LONG"}


def read(data: bytes) -> list[Section]:
    text = decode(data)
    declaration = DECLARATION.match(text)
    root = _parse(text[declaration.end() :] if declaration else text)
    if root is None:
        return [Section("", text)]
    if _name(root) == "html":
        return html.read_page(text)
    if _name(root) == "document" and "opendocument" in root.tag:
        return open_document.read_tree(root)
    if _name(root) == "svg":
        return [Section("", "\n".join(_labels(root)), _drawing_title(root))]
    builder = SectionBuilder()
    _Reader(builder).read(root, 0)
    return builder.sections()


def _parse(text: str) -> etree._Element | None:
    """The root, if this is XML. The parser limits how much entities may add, and how deep tags go.

    Errors are passed over as readers of feeds do, but not those limits.
    """
    parser = etree.XMLParser(
        resolve_entities="internal", no_network=True, recover=True, remove_comments=True,
        remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    root: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    errors = [error for error in parser.error_log if error.type_name in LIMITS]
    if any(TOO_DEEP in error.message for error in errors):
        raise Unreadable(NESTED)
    if errors:
        raise Unreadable(_("Reading the file needs too much memory: it is too complex."))
    for element in () if root is None else root.iter("*"):
        if not len(element) and not element.text:
            # The mark of a line's end or of a reference divides words.
            element.text = " "
    return root


class _Reader:
    def __init__(self, builder: SectionBuilder) -> None:
        self._builder = builder

    def read(self, element: etree._Element, level: int) -> None:
        """`level` counts the elements around this one that have a title."""
        children = [child for child in element if isinstance(child.tag, str)]
        name = _name(element)
        if name in HIDDEN:
            return
        if name in CODE:
            self._builder.add_line(f"~~~~\n{''.join(element.itertext()).strip()}\n~~~~\n")
        elif not children or _is_mixed(element, children):
            self._add(name, element, "".join(element.itertext()))
        elif _is_table(children):
            self._add_table(children)
        else:
            self._read_children(name, element, children, level)

    def _read_children(
        self, name: str, element: etree._Element, children: list[etree._Element], level: int
    ) -> None:
        may_have_title = children[:5] if len(children) > 1 else []
        title = next((child for child in may_have_title if _is_title(child)), None)
        if title is not None:
            level += 1
            self._builder.add_heading(level, "".join(title.itertext()))
        if attributes := _attributes(element):
            self._builder.add_line(f"{name[:MAX_NAME]}: {attributes}")
        for child in counted(children):
            if child is not title:
                self.read(child, level)
        # A blank line: what an element holds together is a paragraph.
        self._builder.add_line("")

    def _add(self, name: str, element: etree._Element, text: str) -> None:
        text = text.strip()
        if BLOB.fullmatch(text):
            return
        if MARKUP.search(text):
            text = "\n\n".join(section.text for section in html.read_page(text))
        attributes = _attributes(element)
        if name in PROSE and not attributes:
            self._builder.add_line(f"{_unwrapped(text)}\n")
        elif text:
            label = f"{name[:MAX_NAME]} ({attributes})" if attributes else name[:MAX_NAME]
            self._builder.add_line(f"{label}: {_unwrapped(text)}")
        elif attributes:
            self._builder.add_line(f"{name[:MAX_NAME]}: {attributes}")

    def _add_table(self, children: list[etree._Element]) -> None:
        rows = (
            [" ".join("".join(cell.itertext()).split()) for cell in row]
            for row in children
            if _name(row) in ROWS
        )
        self._builder.add_line(f"\n{markdown_table(rows)}\n")
        for child in children:
            if _name(child) not in ROWS:
                self.read(child, 0)


def _drawing_title(root: etree._Element) -> str:
    return " ".join((root.findtext("{*}title") or "").split())


def _labels(root: etree._Element) -> Iterator[str]:
    """What is written in a drawing (SVG), and what is said of its parts."""
    for element in root.iter("{*}title", "{*}desc", "{*}text", "{*}flowRoot", "{*}foreignObject"):
        if line := " ".join("".join(element.itertext()).split()):
            yield line


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _is_title(element: etree._Element) -> bool:
    return _name(element) in TITLES and len("".join(element.itertext()).strip()) > 0


def _is_table(children: list[etree._Element]) -> bool:
    """Whether there are rows of cells; those of a database name what is in them instead."""
    row = next((child for child in children if _name(child) in ROWS), None)
    return row is not None and any(_name(cell) in CELLS for cell in row)


def _is_mixed(element: etree._Element, children: list[etree._Element]) -> bool:
    """Whether there is text between the children, as in prose with emphasis."""
    between = [element.text, *(child.tail for child in children)]
    return any(text and text.strip() for text in between)


def _attributes(element: etree._Element) -> str:
    return " · ".join(
        f"{name.rpartition('}')[2]}: {' '.join(value.split())}"
        for name, value in element.attrib.items()
        if value.strip() and not SILENT.fullmatch(name.rpartition("}")[2])
    )


def _unwrapped(text: str) -> str:
    """Line ends in XML are white space; blank lines divide paragraphs all the same."""
    return "\n\n".join(filter(None, (" ".join(part.split()) for part in _paragraphs(text))))


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip():
            lines.append(line)
        elif lines:
            yield " ".join(lines)
            lines = []
    yield " ".join(lines)
