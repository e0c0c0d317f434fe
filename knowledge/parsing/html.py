"""Reads HTML: the text that a browser would show, under its headings."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.plain_text import decode
from knowledge.parsing.table_rows import markdown_table
from knowledge.text.section import Section

CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
INVISIBLE = "script, style, noscript, template, svg, iframe, object, select, nav, [hidden]"
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LINES = {"li", "dt", "dd", "tr", "option", "br", "figcaption", "summary", "caption"}
PARAGRAPHS = {
    *("p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote"),
    *("ul", "ol", "dl", "table", "pre", "figure", "form", "fieldset", "address", "details", "hr"),
}


def read(data: bytes) -> list[Section]:
    tree = LexborHTMLParser(_decode(data))
    title = tree.css_first("title")
    builder = SectionBuilder(" ".join(title.text().split()) if title else "")
    if tree.body:
        for node in tree.css(INVISIBLE):
            node.decompose()
        _PageReader(builder).read(tree.body)
    return builder.sections()


def _decode(data: bytes) -> str:
    declared = CHARSET.search(data[:4096])
    if declared and not data.startswith(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        try:
            return data.decode(declared[1].decode())
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


class _PageReader:
    """Walks over a page and adds its lines and headings to a builder."""

    def __init__(self, builder: SectionBuilder) -> None:
        self.builder = builder
        self.words: list[str] = []
        self.spaced = True

    def read(self, body: LexborNode) -> None:
        skipped: LexborNode | None = None
        for opens, node in walk(body):
            if skipped is not None:
                if not opens and node == skipped:
                    skipped = None
            elif node.is_text_node:
                self.words.append(node.text_content or "" if opens else "")
            elif opens and self.read_whole(node):
                skipped = node
            else:
                self.read_tag(node.tag or "", opens)
        self.end_paragraph()

    def read_whole(self, node: LexborNode) -> bool:
        """Reads a heading, a table of data or preformatted text; False if it is none of them."""
        match node.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.end_paragraph()
                self.builder.add_heading(HEADINGS[node.tag], node.text())
            case "table" if not node.css_first("table table, h1, h2, h3, h4, h5, h6"):
                self.end_paragraph()
                rows = (
                    [cell.text(separator=" ") for cell in row.css("td, th")]
                    for row in node.css("tr")
                )
                self.add(markdown_table(rows))
                self.end_paragraph()
            case "pre":
                self.end_paragraph()
                self.add(node.text().strip("\n"))
                self.end_paragraph()
            case _:
                return False
        return True

    def read_tag(self, tag: str, opens: bool) -> None:
        if tag in PARAGRAPHS:
            self.end_paragraph()
        elif tag in LINES:
            self.end_line()
            if tag == "li" and opens:
                self.words.append("- ")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def end_line(self) -> None:
        self.add(" ".join("".join(self.words).split()))
        self.words.clear()

    def end_paragraph(self) -> None:
        self.end_line()
        if not self.spaced:
            self.builder.add_line("")
            self.spaced = True

    def add(self, text: str) -> None:
        if text.strip(" -"):
            self.builder.add_line(text)
            self.spaced = False


def walk(root: LexborNode) -> Iterator[tuple[bool, LexborNode]]:
    """Every node as it opens (True) and closes (False). Not recursive: pages can be very deep."""
    node = root
    while True:
        yield True, node
        inner = node.first_child
        while inner is None:
            yield False, node
            if node == root:
                return
            inner = node.next
            if inner is None:
                if node.parent is None:
                    return
                node = node.parent
                continue
            break
        node = inner
