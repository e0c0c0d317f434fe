"""Tells ends of lines that only wrap a paragraph from those that end what the line says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from knowledge.text.width import width

# In columns. A paragraph is seldom wrapped at less; and a line that is at least LONG is hardly a
# heading, a verse or an address.
NARROW, LONG = 36, 60
# The lines of a proportional font differ in how many characters fit.
RAGGED = 0.8

# Lines with a mark of their own, or nothing on them. `--help` and *emphasis* are no marks.
OWN_LINE = re.compile(
    r"[^\S\n]*+(?:$|[-+]\s|\*(?:\s|[^*]*$)|[-*_]{3}|[•>#|]|```|~~~|\d{1,3}[.)、]"
    r"|[（(][\d一二三四五六七八九十]{1,3}[)）]|[①-⑳])"
)
# Headings, rows of tables, fences: nothing runs on after them.
CLOSED_LINE = re.compile(r"[^\S\n]*+(?:#|\||```|~~~)|.* · ")
RUNS_ON = re.compile(r".*[,;，、；]\s*+$")
FIRST_WORD = re.compile(r"\s*+(?:[!-~\u00a1-\u2fff]++|\S[，。、；：！？]?)")
BEGINS_LOWER = re.compile(r"\s*+[a-z]")


def wrapped_line_ends(text: str) -> set[int]:
    """The offsets of the line ends within sentences."""
    return {offset for paragraph in _paragraphs(text) for offset in _wrapped(paragraph)}


def _paragraphs(text: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines that are not blank, each line with the offset of its end."""
    paragraph: list[tuple[int, str]] = []
    end = -1
    for line in text.split("\n"):
        end += len(line) + 1
        if line.strip():
            paragraph.append((end, line))
        elif paragraph:
            yield paragraph
            paragraph = []
    yield paragraph


def _wrapped(paragraph: Sequence[tuple[int, str]]) -> Iterator[int]:
    widths = [width(line.rstrip()) for _, line in paragraph]
    # One line may be longer than all others because of a long address in it.
    limit = sorted(widths)[-2 if len(widths) > 3 else -1] if widths else 0
    full = [
        columns >= NARROW and columns + _room_for(line) > limit
        for columns, (_, line) in zip(widths, paragraph[1:], strict=False)
    ]
    # ... of all lines but the last.
    is_narrow_column = len(full) > 1 and all(full)
    for number, ((end, line), (_, following)) in enumerate(pairwise(paragraph)):
        if OWN_LINE.match(following) or CLOSED_LINE.match(line):
            continue
        is_long = widths[number] >= LONG and widths[number] + _room_for(following) > RAGGED * limit
        if is_long or is_narrow_column or BEGINS_LOWER.match(following) or RUNS_ON.match(line):
            yield end


def _room_for(line: str) -> int:
    """The columns that the first word of a line would have taken on the line before."""
    word = FIRST_WORD.match(line)
    return width(word[0].strip()) + 1 if word else 1
