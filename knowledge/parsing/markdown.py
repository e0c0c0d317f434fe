"""Reads Markdown: headings become places, all other text stays as it was written."""

from __future__ import annotations

import re

from knowledge.parsing.encodings import decode
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.progress import report
from knowledge.text.section import Section

ATX_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t](.*))?")
UNDERLINE = re.compile(r" {0,3}(=++|-++)[ \t]*+")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# What an underlined heading cannot be: a list item, a quotation, a table row, code.
NOT_A_HEADING = re.compile(r"\s*(?:[-+*>|]|\d+[.)]\s)| {4}|\t")
FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?=[\w-]+[ \t]*:)(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL
)
FRONT_MATTER_TITLE = re.compile(r"^title:(.+)$", re.MULTILINE)
# A label or an address that is longer is text.
LINK = re.compile(r"!?\[([^\[\]]*+)\]\([^()]*+\)")
HEADING_ID = re.compile(r"\{#[^{}]*+\}$")


def read(data: bytes) -> list[Section]:
    title, text = _front_matter(decode(data).replace("\r\n", "\n").replace("\r", "\n"))
    builder = SectionBuilder(title)
    lines = text.split("\n")
    fence = ""
    at = 0
    while at < len(lines):
        report(at / len(lines))
        line = lines[at]
        at += 1
        if fence or FENCE.match(line):
            fence = _fence_after(line, fence)
            builder.add_line(line)
        elif atx := ATX_HEADING.fullmatch(line):
            builder.add_heading(len(atx[1]), _plain(_without_closing_marks(atx[2] or "")))
        elif level := _underlined(lines, at - 1):
            builder.add_heading(level, _plain(line))
            at += 1
        else:
            builder.add_line(line)
    return builder.sections()


def _front_matter(text: str) -> tuple[str, str]:
    """The title in the YAML block at the start, and the text after that block."""
    block = FRONT_MATTER.match(text)
    if not block:
        return "", text
    title = FRONT_MATTER_TITLE.search(block[1])
    return title[1].strip(" \t'\"") if title else "", text[block.end() :]


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after this line, or an empty string."""
    mark = FENCE.match(line)
    if not fence:
        return mark[1] if mark else ""
    closes = mark and mark[1].startswith(fence) and not line[mark.end() :].strip()
    return "" if closes else fence


def _underlined(lines: list[str], at: int) -> int:
    """The level of the heading in this line if the next one underlines it, otherwise 0."""
    line, next_line = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
    underline = UNDERLINE.fullmatch(next_line)
    opens_a_block = at == 0 or not lines[at - 1].strip() or ATX_HEADING.fullmatch(lines[at - 1])
    if not underline or not line.strip() or not opens_a_block or NOT_A_HEADING.match(line):
        return 0
    return 1 if underline[1][0] == "=" else 2


def _without_closing_marks(heading: str) -> str:
    """`Guide` of `Guide ##`."""
    heading = heading.strip(" \t")
    rest = heading.rstrip("#")
    return heading if rest and rest[-1] not in " \t" else rest


def _plain(heading: str) -> str:
    return HEADING_ID.sub("", LINK.sub(r"\1", heading)).replace("`", "").replace("**", "").strip()
