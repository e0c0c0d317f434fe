"""Web pages: what a reader would see, under the headings it stands under."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.parsing.headings import Outline
from knowledge.parsing.table_rows import grid
from knowledge.parsing.text import decode
from knowledge.text.section import Section

CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
UNSEEN = "script, style, noscript, template, svg, iframe, object, select, nav, [hidden]"
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LINES = {"li", "dt", "dd", "tr", "option", "br", "figcaption", "summary", "caption"}
PARAGRAPHS = {
    *("p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote"),
    *("ul", "ol", "dl", "table", "pre", "figure", "form", "fieldset", "address", "details", "hr"),
}


def read(data: bytes) -> list[Section]:
    tree = LexborHTMLParser(_decode(data))
    title = tree.css_first("title")
    outline = Outline(" ".join(title.text().split()) if title else "")
    if tree.body:
        for node in tree.css(UNSEEN):
            node.decompose()
        _Page(outline).read(tree.body)
    return outline.sections()


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


class _Page:
    """Walks over a page and hands its lines and headings to an outline."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
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
            elif opens and self.whole(node):
                skipped = node
            else:
                self.edge(node.tag or "", opens)
        self.paragraph()

    def whole(self, node: LexborNode) -> bool:
        """Takes a heading, a table of data or preformatted text in one go."""
        match node.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.paragraph()
                self.outline.heading(HEADINGS[node.tag], node.text())
            case "table" if not node.css_first("table table, h1, h2, h3, h4, h5, h6"):
                self.paragraph()
                rows = (
                    [cell.text(separator=" ") for cell in row.css("td, th")]
                    for row in node.css("tr")
                )
                self.add(grid(rows))
                self.paragraph()
            case "pre":
                self.paragraph()
                self.add(node.text().strip("\n"))
                self.paragraph()
            case _:
                return False
        return True

    def edge(self, tag: str, opens: bool) -> None:
        if tag in PARAGRAPHS:
            self.paragraph()
        elif tag in LINES:
            self.line()
            if tag == "li" and opens:
                self.words.append("- ")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def line(self) -> None:
        self.add(" ".join("".join(self.words).split()))
        self.words.clear()

    def paragraph(self) -> None:
        self.line()
        if not self.spaced:
            self.outline.line("")
            self.spaced = True

    def add(self, text: str) -> None:
        if text.strip(" -"):
            self.outline.line(text)
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
