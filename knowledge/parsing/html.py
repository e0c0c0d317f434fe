"""Reads HTML: the text that a browser would show, under its headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.parsing.encodings import decode
from knowledge.parsing.flow import Flow, Heading, emit
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.progress import report
from knowledge.parsing.table_rows import list_number
from knowledge.text.section import Section

INVISIBLE = {
    *("script", "style", "noscript", "template", "iframe", "object", "select", "nav"),
    *("head", "annotation", "annotation-xml", "rp"),
    # Of drawings (SVG): what is shown elsewhere or as a hint.
    *("defs", "symbol", "metadata", "title", "desc"),
}
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
LIST_STYLE = re.compile(
    r"list-style(?:-type)?\s*+:[^;:]*?\b(decimal|(?:lower|upper)-(?:alpha|latin|roman)|none|disc|circle"
    r"|square)\b",
    re.IGNORECASE,
)
# How the numbers of a list begin, by its style; other styles are marks without a number.
NUMBERED = {
    "decimal": "1",
    **dict.fromkeys(("lower-alpha", "lower-latin"), "a"),
    **dict.fromkeys(("upper-alpha", "upper-latin"), "A"),
    "lower-roman": "i",
    "upper-roman": "I",
}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Each of the labels of a drawing stands for itself.
LINES = {"dt", "dd", "option", "br", "figcaption", "summary", "caption", "text"}
PARAGRAPHS = {
    *("p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote"),
    *("dl", "figure", "form", "fieldset", "address", "details", "hr", "center", "dialog"),
}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*+)[^<>]*+>?")
# Elements whose end tag is often left out: the next one ends them.
ENDED_BY_THE_NEXT = {
    *("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "caption", "colgroup"),
    *("option", "optgroup", "rt", "rp", "html", "head", "body"),
    # These have none.
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
    *("track", "wbr"),
}
# As in browsers, what is nested deeper is shown beside what it is nested in. The parser would need
# time that grows with the square of the depth, and with the square of the number of attributes.
MAX_DEPTH = 256
MAX_TAG_CHARACTERS = 8000
MAX_INDENTATION = 8
TO_THE_END = 65_534


def read(data: bytes) -> list[Section]:
    # Where nothing else is known, pages of the West are in the encoding of old Windows.
    return read_page(decode(data, fallback="cp1252"))


def read_page(page: str) -> list[Section]:
    tree = LexborHTMLParser(_without_depth(page))
    title = tree.css_first("title")
    builder = SectionBuilder(" ".join(title.text().split()) if title else "")
    if tree.body:
        emit(_PageReader(len(page)).read(tree.body), builder)
    return builder.sections()


def _without_depth(page: str) -> str:
    depth = left_out = 0

    def replace(tag: re.Match[str]) -> str:
        nonlocal depth, left_out
        name = tag[2].lower()
        gap = " " if name in PARAGRAPHS or name in ("ul", "ol", "table") else ""
        if name not in ENDED_BY_THE_NEXT:
            if not tag[1]:
                if depth >= MAX_DEPTH:
                    left_out += 1
                    return gap
                depth += 1
            elif left_out:
                left_out -= 1
                return gap
            else:
                depth -= depth > 0
        return tag[0] if len(tag[0]) <= MAX_TAG_CHARACTERS else f"<{tag[1]}{name}>"

    return TAG.sub(replace, page)


@dataclass(slots=True)
class Table:
    rows: list[list[tuple[Flow, int, int]]] = field(default_factory=list)


@dataclass(slots=True)
class List:
    style: str
    number: int
    step: int


class _PageReader:
    """Walks over a page once, and keeps what is open in stacks: pages can be very deep."""

    def __init__(self, characters: int) -> None:
        """`characters` are those of the page, to tell how far it is."""
        self.flows = [Flow()]
        self.tables: list[Table] = []
        self.lists: list[List] = []
        # What ends each of the elements that are open.
        self.closers: list[Callable[[], None]] = []
        self.preformatted = 0
        self.characters = characters
        self.seen = 0

    @property
    def flow(self) -> Flow:
        return self.flows[-1]

    def read(self, body: LexborNode) -> Flow:
        for opens, node in walk(body, _is_visible):
            if node.is_text_node:
                if opens:
                    self.read_text(node.text_content or "")
            elif opens:
                self.closers.append(self.open(node.tag or "", node))
            else:
                self.closers.pop()()
        self.flow.end_line()
        return self.flow

    def read_text(self, text: str) -> None:
        self.seen += len(text)
        report(self.seen / self.characters)
        if self.preformatted:
            *lines, last = text.split("\n")
            for line in lines:
                self.flow.blocks.append("".join([*self.flow.words, line]).rstrip())
                self.flow.words.clear()
            self.flow.words.append(last)
        else:
            self.flow.words.append(text)

    def open(self, tag: str, node: LexborNode) -> Callable[[], None]:
        """Begins an element, and returns what ends it."""
        flow = self.flow
        match tag:
            case "table":
                flow.end_paragraph()
                self.tables.append(Table())
                return self.end_table
            case "tr" if self.tables:
                self.tables[-1].rows.append([])
            case "td" | "th" if self.tables and self.tables[-1].rows:
                cell = Flow()
                spans = (_span(node, "rowspan"), _span(node, "colspan"))
                self.tables[-1].rows[-1].append((cell, *spans))
                self.flows.append(cell)
                return self.end_cell
            case "img" | "area":
                flow.words.append(f" {(node.attributes.get('alt') or '').strip()} ")
            case _:
                return self.open_block(tag, node)
        return _nothing

    def open_block(self, tag: str, node: LexborNode) -> Callable[[], None]:
        flow = self.flow
        match tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                flow.end_paragraph()
                self.flows.append(Flow())
                return lambda: self.end_heading(HEADINGS[tag])
            case "ul" | "ol" | "menu":
                flow.end_line() if self.lists else flow.end_paragraph()
                self.lists.append(_list(tag, node))
                return self.end_list
            case "li":
                self.begin_item(node)
                return self.end_item
            case "pre" | "textarea" | "listing":
                flow.end_paragraph()
                self.preformatted += 1
                return self.end_preformatted
            case _ if tag in PARAGRAPHS:
                flow.end_paragraph()
                return flow.end_paragraph
            case _ if tag in LINES:
                flow.end_line()
                return flow.end_line
        return _nothing

    def begin_item(self, node: LexborNode) -> None:
        self.flow.end_line()
        self.flow.indentation = "  " * min(max(0, len(self.lists) - 1), MAX_INDENTATION)
        marker = "-"
        if self.lists and self.lists[-1].style:
            numbered = self.lists[-1]
            numbered.number = _integer(node.attributes.get("value"), numbered.number)
            marker = f"{list_number(numbered.number, numbered.style)}."
            numbered.number += numbered.step
        self.flow.indentation += f"{marker} "

    def end_item(self) -> None:
        self.flow.end_line()
        self.flow.indentation = ""

    def end_list(self) -> None:
        self.lists.pop()
        self.flow.end_line() if self.lists else self.flow.end_paragraph()

    def end_heading(self, level: int) -> None:
        flow = self.flows.pop()
        flow.end_line()
        self.flow.blocks.append(Heading(level, " ".join(flow.lines())))
        self.flow.is_structured = True

    def end_preformatted(self) -> None:
        self.preformatted -= 1
        self.flow.blocks.append("".join(self.flow.words).rstrip())
        self.flow.words.clear()
        self.flow.blocks.append("")

    def end_cell(self) -> None:
        self.flow.end_line()
        self.flows.pop()

    def end_table(self) -> None:
        self.flow.add_table(self.tables.pop().rows)


def _nothing() -> None:
    """Ends an element whose end shows nothing."""


def walk(
    root: LexborNode, is_read: Callable[[LexborNode], bool]
) -> Iterator[tuple[bool, LexborNode]]:
    """Every node as it opens (True) and closes (False), without those that are not read.

    Nodes are told apart by `mem_id`: comparing them costs as much as the tree is large.
    """
    yield True, root
    node, end = root.first_child, root.mem_id
    parents = [root]
    while parents:
        while node is not None and not is_read(node):
            node = node.next
        if node is None:
            node = parents.pop()
            yield False, node
            node = node.next if node.mem_id != end else None
            continue
        yield True, node
        inner = node.first_child
        if inner is None:
            yield False, node
            node = node.next
        else:
            parents.append(node)
            node = inner


def _is_visible(node: LexborNode) -> bool:
    if node.is_text_node:
        return True
    if not node.is_element_node or node.tag in INVISIBLE:
        return False
    attributes = node.attributes
    return not ("hidden" in attributes or HIDDEN_STYLE.search(attributes.get("style") or ""))


def _list(tag: str, node: LexborNode) -> List:
    attributes = node.attributes
    style = (attributes.get("type") or "1") if tag == "ol" else ""
    if declared := LIST_STYLE.search((attributes.get("style") or "")[:MAX_TAG_CHARACTERS]):
        style = NUMBERED.get(declared[1].lower(), "")
    return List(
        style,
        _integer(attributes.get("start"), 1),
        -1 if "reversed" in attributes else 1,
    )


def _span(node: LexborNode, name: str) -> int:
    span = _integer(node.attributes.get(name), 1)
    # A cell of 0 rows goes on to the end of its table.
    return TO_THE_END if span == 0 and name == "rowspan" else max(1, span)


def _integer(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else default
