"""Divides the text of a passage into blocks: paragraphs, lists, tables and code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from chat.engines.extractive.table_rows import is_row, is_rule
from knowledge.text.analysis import is_mostly_cjk
from knowledge.text.width import width

FENCE = re.compile(r"\s*(?:```|~~~)")
BARE_FENCE = re.compile(r"\s*(?:```|~~~)[`~]*+\s*")
HEADING = re.compile(r"#{1,6}\s")
# "- ", "1. ", "2)", "（3）", "④", "五、": the indentation, the marker and the text of a list item.
LIST_ITEM = re.compile(
    r"(\s*+)([-*+•●▪◦]\s|\d{1,3}[.)]\s|\d{1,3}、|[（(](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）]"
    r"|[①-⑳]|[一二三四五六七八九十]{1,3}、)\s*+(\S.*)"
)
NUMBER = re.compile(r"\d{1,3}|[一二三四五六七八九十]{1,3}|[①-⑳]")
# What a numbered line may say that is a heading, in columns; of one above a list, in words.
MAX_NUMBERED_HEADING, MAX_WORDS = 40, 2
ENDS_SENTENCE = re.compile(r"[.!?…:;,。！？；：，]$")
# How lines of most programming languages end, and what such lines have in them.
CODE_ENDS = ("{", "}", ";", "});", "},", ");", "[", "],")
CODE_MARK = re.compile(r"\w\(|[={}\[\]]")
# Of Markdown: it looks like a call.
LINK = re.compile(r"\[[^\[\]\n]{1,200}\]\([^()\s]{0,300}\)")
INDENTED = re.compile(r"(?:  |\t)")


class BlockKind(Enum):
    PARAGRAPH = auto()
    HEADING = auto()
    LIST = auto()
    TABLE = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    lines: Sequence[str]


def blocks(text: str) -> Iterator[Block]:
    lines = text.split("\n")
    at = 0
    if end := _end_of_code_before(lines):
        yield Block(BlockKind.CODE, ["```", *lines[:end]])
        at = end
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        kind = _kind(lines, at)
        end = _end(kind, lines, at)
        yield Block(kind, lines[at:end])
        at = end


def is_code(lines: Sequence[str]) -> bool:
    """Whether most of them are lines of a program, as in a passage from the middle of one."""
    found = sum(
        line.rstrip().endswith(CODE_ENDS) and bool(CODE_MARK.search(LINK.sub("", line)))
        for line in lines
    )
    return 2 * found >= len(lines)


def _end_of_code_before(lines: Sequence[str]) -> int:
    """A passage may begin in the middle of a code block: then the first fence closes it, and names
    no language. The number of its lines; 0 if there is none."""
    fences = [number for number, line in enumerate(lines) if FENCE.match(line)]
    return fences[0] + 1 if len(fences) % 2 and BARE_FENCE.fullmatch(lines[fences[0]]) else 0


def _kind(lines: Sequence[str], at: int) -> BlockKind:
    line = lines[at]
    if FENCE.match(line):
        return BlockKind.CODE
    if is_row(line) or ("|" in line and at + 1 < len(lines) and is_rule(lines[at + 1])):
        return BlockKind.TABLE
    if HEADING.match(line) or _is_numbered_heading(lines, at):
        return BlockKind.HEADING
    return BlockKind.LIST if LIST_ITEM.fullmatch(line) else BlockKind.PARAGRAPH


def _is_numbered_heading(lines: Sequence[str], at: int) -> bool:
    """Whether a numbered line is no item, but the heading of what follows: in minutes, "2. Budget"
    above sentences or a list of its own."""
    item = LIST_ITEM.fullmatch(lines[at])
    following = lines[at + 1] if item and at + 1 < len(lines) else ""
    if not item or not NUMBER.search(item[2]) or width(item[3]) > MAX_NUMBERED_HEADING:
        return False
    if ENDS_SENTENCE.search(item[3]):
        return False
    below = LIST_ITEM.fullmatch(following)
    if below:
        return len(item[3].split()) <= MAX_WORDS and not NUMBER.search(below[2]) and not below[1]
    return following[:1].isupper() or is_mostly_cjk(following[:1])


def _end(kind: BlockKind, lines: Sequence[str], at: int) -> int:
    """The number of the first line after the block that begins at this one."""
    match kind:
        case BlockKind.CODE:
            fences = (n for n in range(at + 1, len(lines)) if FENCE.match(lines[n]))
            return next(fences, len(lines) - 1) + 1
        case BlockKind.HEADING:
            return at + 1
        case BlockKind.LIST:
            return _end_of_list(lines, at)
    end = at + 1
    while end < len(lines) and lines[end].strip():
        if kind is BlockKind.TABLE:
            if "|" not in lines[end] and not is_row(lines[end]):
                break
        elif _kind(lines, end) is not kind:
            break
        end += 1
    return end


def _end_of_list(lines: Sequence[str], at: int) -> int:
    """Blank lines end a list only if neither an item of its kind nor an indented line follows."""
    end = last = at
    style = _style(lines[at])
    while end < len(lines):
        line = lines[end]
        if line.strip():
            after_blank = end > last + 1
            is_item = LIST_ITEM.fullmatch(line) and not (after_blank and _style(line) != style)
            if end > at and _is_numbered_heading(lines, end):
                break
            is_part = is_item or INDENTED.match(line)
            if not is_part and (after_blank or _kind(lines, end) is not BlockKind.PARAGRAPH):
                break
            last = _end(BlockKind.CODE, lines, end) - 1 if FENCE.match(line) else end
            end = last
        end += 1
    return last + 1


def _style(line: str) -> str:
    """How an item is marked: "1." and "2." are of one style, "二、" is of another."""
    item = LIST_ITEM.fullmatch(line)
    return NUMBER.sub(_same_number, item[2].strip()) if item else ""


def _same_number(number: re.Match[str]) -> str:
    return "1" if number[0].isdigit() else "一"
