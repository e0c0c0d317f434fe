"""Reads reStructuredText: titles are underlined, and many have a line above, too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.parsing.outline import MarkedHeading, read_outline
from knowledge.text.section import Section
from knowledge.text.width import width

RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*+")


def read(data: bytes) -> list[Section]:
    # The order in which the styles appear is that of their levels.
    styles: list[str] = []

    def find_heading(lines: Sequence[str], at: int) -> MarkedHeading | None:
        has_rule_above = RULE.fullmatch(lines[at]) is not None
        title, below = (_line(lines, at + has_rule_above + more) for more in (0, 1))
        if not _is_underlined(title, below) or (has_rule_above and lines[at][:1] != below[:1]):
            return None
        style = below[0] * (1 + has_rule_above)
        if style not in styles:
            styles.append(style)
        return MarkedHeading(styles.index(style) + 1, title.strip(), 2 + has_rule_above)

    return read_outline(data, find_heading)


def _line(lines: Sequence[str], at: int) -> str:
    return lines[at] if at < len(lines) else ""


def _is_underlined(title: str, below: str) -> bool:
    is_text = any(map(str.isalnum, title))
    return is_text and RULE.fullmatch(below) is not None and len(below) >= width(title.strip())
