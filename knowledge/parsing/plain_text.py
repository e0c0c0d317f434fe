"""Reads plain text in all usual encodings."""

import re
from collections.abc import Iterator, Sequence

from knowledge.parsing.encodings import decode
from knowledge.parsing.headings import SectionBuilder
from knowledge.text.section import Section
from knowledge.text.width import width

# A short first line with a blank line below it, which is no sentence and no item of a list.
TITLE = re.compile(
    r"\s*+([^\W\d_][^\n]{0,118}[^\s.!?…。！？:：;；,，、|])[^\S\n]*+\n[^\S\n]*+\n\s*+(?=\S)"
)
MAX_TITLE = 90
# "第一章 总则", "二、技术参数", "（三）保修": headings, the highest first, if they are alone on a
# short line that is no sentence.
NUMBERED = (
    re.compile(r"第[一二三四五六七八九十百\d]{1,4}[章编篇部]"),
    re.compile(r"第[一二三四五六七八九十百\d]{1,4}节|[一二三四五六七八九十]{1,3}、"),
    re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]"),
)
ENDS_A_SENTENCE = re.compile(r"[.!?…。！？:：;；,，、|]$")
MAX_NUMBERED = 50
# One alone may be the item of a list.
MIN_NUMBERED = 2


def read(data: bytes) -> list[Section]:
    text = decode(data)
    lines = text.replace("\r\n", "\n")
    title = TITLE.match(lines)
    if title and width(title[1]) > MAX_TITLE:
        title = None
    body = lines[title.end() :] if title else lines
    if headings := _headings(body.split("\n")):
        return _divided(body.split("\n"), headings, title[1] if title else "")
    return [Section(title[1], body, title[1])] if title else [Section("", text)]


def _divided(lines: Sequence[str], headings: dict[int, int], title: str) -> list[Section]:
    builder = SectionBuilder(title)
    if title:
        builder.add_heading(1, title)
    for number, line in enumerate(lines):
        if number in headings:
            builder.add_heading(headings[number], line.strip())
        else:
            builder.add_line(line)
    return builder.sections()


def _headings(lines: Sequence[str]) -> dict[int, int]:
    """The level of each line that is a heading: those that follow a blank line, with text below.
    Empty if there are none, or they follow each other as the items of a list do."""
    found = dict(_numbered(lines))
    with_text = [n for n in found if _has_text_below(lines, n, found)]
    return found if len(with_text) >= max(MIN_NUMBERED, len(found) / 2) else {}


def _numbered(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    for number, line in enumerate(map(str.strip, lines)):
        is_alone = number == 0 or not lines[number - 1].strip()
        if not is_alone or width(line) > MAX_NUMBERED or ENDS_A_SENTENCE.search(line):
            continue
        for depth, pattern in enumerate(NUMBERED):
            if pattern.match(line):
                yield number, depth + 2
                break


def _has_text_below(lines: Sequence[str], at: int, headings: dict[int, int]) -> bool:
    below = next((n for n in range(at + 1, len(lines)) if lines[n].strip()), None)
    return below is not None and below not in headings
