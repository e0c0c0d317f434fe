"""Reads LaTeX: its sections become places, all other text stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.parsing.outline import MarkedHeading, read_outline
from knowledge.text.section import Section

LEVELS = {
    name: level
    for level, name in enumerate(
        ("title", "part", "chapter", "section", "subsection", "subsubsection", "paragraph")
    )
}
TITLE = re.compile(
    r"[ \t]*+\\(title|part|chapter|section|subsection|subsubsection|paragraph)\*?"
    r"(?:\[[^\[\]]*+\])?\{((?:[^{}]|\{[^{}]*+\})*+)\}(?:[ \t]*+\\label\{[^{}]*+\})?[ \t]*+"
)
COMMAND = re.compile(r"\\[a-zA-Z]+\*?[ \t]?|[{}]")


def read(data: bytes) -> list[Section]:
    return read_outline(data, _find_heading)


def _find_heading(lines: Sequence[str], at: int) -> MarkedHeading | None:
    title = TITLE.fullmatch(lines[at])
    if not title:
        return None
    return MarkedHeading(LEVELS[title[1]], COMMAND.sub("", title[2]).replace("~", " ").strip())
