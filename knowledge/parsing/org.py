"""Reads the text files of Emacs's Org mode: titles begin with stars."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.parsing.outline import MarkedHeading, read_outline
from knowledge.text.section import Section

TITLE = re.compile(r"(?:(\*{1,9})|#\+title:)[ \t]++(\S.*+)", re.IGNORECASE)


def read(data: bytes) -> list[Section]:
    return read_outline(data, _find_heading)


def _find_heading(lines: Sequence[str], at: int) -> MarkedHeading | None:
    title = TITLE.fullmatch(lines[at])
    return MarkedHeading(len(title[1] or ""), title[2].strip()) if title else None
