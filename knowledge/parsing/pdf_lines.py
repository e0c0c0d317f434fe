"""Puts the lines of a PDF page right: Chinese without spaces, and paragraphs without line ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.text.width import width

CJK_RANGES = r"\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
CJK = re.compile(f"[{CJK_RANGES}]")
SPACED = re.compile(f"(?<=[{CJK_RANGES}])[ \u3000](?=[{CJK_RANGES}])")
ADJACENT = re.compile(f"(?<=[{CJK_RANGES}])(?=[{CJK_RANGES}])")
# "目 录": a heading of two or three characters, set wide.
WIDE_HEADING = re.compile(f"[{CJK_RANGES}](?:[ \u3000]{{1,4}}[{CJK_RANGES}]){{1,2}}")
MIN_SPACED = 3
SENTENCE_END = re.compile(r"[.!?…:;。！？：；][\"'”’»)\]」』）】]*$")
NEW_ITEM = re.compile(r"[•▪◦‣·*–-]\s|\(?\d{1,3}[.)]\s")
# Presentation forms: those of vertical punctuation, and ligatures.
FORMS = str.maketrans(
    {
        **dict(zip("︐︑︒︓︔︕︖︗︘︙", "，、。：；！？〖〗…", strict=True)),
        **dict(
            zip("︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄", "（）｛｝〔〕【】《》〈〉「」『』", strict=True)
        ),
        **dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)),
        "︱": "—",
    }
)
# A line of at least this share of the longest one reaches the margin: the next line continues it.
FULL_LINE = 0.75
# A text set vertically may come as one character on each line.
MIN_COLUMN = 3


def tidy_lines(lines: Sequence[str]) -> list[str]:
    """The lines with words made whole."""
    return _without_columns([_unspaced(line.translate(FORMS)) for line in lines])


def _unspaced(line: str) -> str:
    spaced = len(SPACED.findall(line))
    if not spaced:
        return line
    if WIDE_HEADING.fullmatch(line):
        return SPACED.sub("", line).replace(" ", "")
    if spaced >= MIN_SPACED and spaced > 2 * len(ADJACENT.findall(line)):
        return SPACED.sub("", line)
    return line


def _without_columns(lines: Sequence[str]) -> list[str]:
    """Lines of a single character, several in a row, are one line of a vertical text."""
    joined: list[str] = []
    column: list[str] = []
    for line in [*lines, ""]:
        if len(line) == 1 and CJK.match(line):
            column.append(line)
            continue
        joined += ["".join(column)] if len(column) >= MIN_COLUMN else column
        column = []
        joined.append(line)
    return joined[:-1]


def paragraphs(lines: Sequence[str]) -> Iterator[str]:
    full = FULL_LINE * max(map(width, lines))
    paragraph: list[str] = []
    previous = ""
    for line in lines:
        runs_on = width(previous) >= full and not SENTENCE_END.search(previous)
        if runs_on and not NEW_ITEM.match(line):
            paragraph.append(line if _are_joined_without_space(previous, line) else f" {line}")
        else:
            if paragraph:
                yield "".join(paragraph)
            paragraph = [line]
        previous = line
    yield "".join(paragraph)


def _are_joined_without_space(left: str, right: str) -> bool:
    return bool(CJK.match(left[-1]) and CJK.match(right[0]))
