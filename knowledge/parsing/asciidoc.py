"""Reads AsciiDoc: titles begin with signs of equality."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.parsing.outline import MarkedHeading, read_outline
from knowledge.text.section import Section

TITLE = re.compile(r"(={1,6})[ \t]++(\S.*+)")
# Code and examples, in which such a line is no title.
FENCE = re.compile(r"(?:-{4,}|\.{4,}|={4,}|\+{4,}|/{4,})[ \t]*+")


def read(data: bytes) -> list[Section]:
    fence = ""

    def find_heading(lines: Sequence[str], at: int) -> MarkedHeading | None:
        nonlocal fence
        line = lines[at]
        if FENCE.fullmatch(line) and fence in ("", line.rstrip()):
            fence = "" if fence else line.rstrip()
        title = None if fence else TITLE.fullmatch(line)
        return MarkedHeading(len(title[1]), title[2].strip()) if title else None

    return read_outline(data, find_heading)
