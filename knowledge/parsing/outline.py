"""Reads texts whose headings are marked line by line: headings become places, all else stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from knowledge.parsing.encodings import decode
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.progress import report
from knowledge.text.section import Section


@dataclass(frozen=True, slots=True)
class MarkedHeading:
    level: int
    text: str
    # That it takes, with what underlines it.
    lines: int = 1


# Says whether a heading begins in that line, which is not empty.
FindHeading: TypeAlias = Callable[[Sequence[str], int], MarkedHeading | None]


def read_outline(data: bytes, find_heading: FindHeading) -> list[Section]:
    lines = decode(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    builder = SectionBuilder()
    at = 0
    while at < len(lines):
        report(at / len(lines))
        heading = find_heading(lines, at) if lines[at] else None
        if heading:
            builder.add_heading(heading.level, heading.text)
            at += heading.lines
        else:
            builder.add_line(lines[at])
            at += 1
    return builder.sections()
