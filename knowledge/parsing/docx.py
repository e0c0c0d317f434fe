"""Reads Word documents: paragraphs and tables under their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from lxml.etree import _Element

from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.table_rows import markdown_table
from knowledge.parsing.zip_package import open_package
from knowledge.text.section import Section

HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
PARAGRAPH, PROPERTIES, TEXT, TAB, BREAK = map(qn, ("w:p", "w:pPr", "w:t", "w:tab", "w:br"))
TABLE, ROW, CELL = map(qn, ("w:tbl", "w:tr", "w:tc"))
CONTENT_CONTROLS = {qn("w:sdt"), qn("w:sdtContent")}
# Word stores a second copy of text boxes for its older versions.
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read(data: bytes) -> list[Section]:
    document = Document(open_package(data))
    levels = _heading_levels(document)
    builder = SectionBuilder()
    for block in _blocks(document.element.body):
        style = _style(block)
        if block.tag == TABLE:
            rows = (map(_text, row.iterchildren(CELL)) for row in block.iterchildren(ROW))
            builder.add_line(f"\n{markdown_table(rows)}\n")
        elif style in levels:
            builder.add_heading(levels[style], _text(block))
        elif text := _text(block).strip():
            builder.add_line(f"- {text}" if _is_item(block, style) else f"{text}\n")
    return builder.sections()


def _heading_levels(document: DocxDocument) -> dict[str, int]:
    """The level of each heading style, given by its own name or by the style it is based on."""
    levels = {}
    for style in document.styles:
        base = style
        while base is not None:
            name = base.name or ""
            if name == "Title" or HEADING.fullmatch(name):
                levels[style.style_id] = int(name[-1]) if name != "Title" else 0
                break
            base = getattr(base, "base_style", None)
    return levels


def _blocks(parent: _Element) -> Iterator[_Element]:
    """Paragraphs and tables in order, also inside content controls."""
    for child in parent:
        if child.tag in (PARAGRAPH, TABLE):
            yield child
        elif child.tag in CONTENT_CONTROLS:
            yield from _blocks(child)


def _text(block: _Element) -> str:
    """All visible text: also inserted text, links and text boxes, which python-docx leaves out."""
    return "".join(_runs(block))


def _runs(element: _Element) -> Iterator[str]:
    for child in element:
        if child.tag == TEXT:
            yield child.text or ""
        elif child.tag in (TAB, BREAK):
            yield "\t" if child.tag == TAB else "\n"
        elif child.tag not in (FALLBACK, PROPERTIES):
            yield from _runs(child)
    if element.tag == PARAGRAPH and element.getnext() is not None:
        yield "\n"


def _style(block: _Element) -> str:
    style = block.find(f"{PROPERTIES}/{qn('w:pStyle')}")
    return "" if style is None else style.get(qn("w:val"), "")


def _is_item(block: _Element, style: str) -> bool:
    return style.startswith("List") or block.find(f"{PROPERTIES}/{qn('w:numPr')}") is not None
