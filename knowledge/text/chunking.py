"""Cuts text into passages: at paragraphs where it can, then at sentences, then at words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from knowledge.text.section import Section
from knowledge.text.sentences import split_sentences
from knowledge.text.width import width

FENCE = re.compile(r"\s*(`{3,}|~{3,})")
TABLE_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*")
# Where a sentence without end may be cut: behind the last of these, as far on as possible.
BREAK = re.compile(r".*[\s,;:，、；：]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage, and the place of its section."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table or a block of code: text up to a blank line."""

    text: str
    # Rows and code are divided by lines, other text by sentences.
    by_lines: bool = False
    # What is said again above each part of a table.
    header: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Text that stays whole, with the white space behind it."""

    text: str
    width: int
    header: str = ""


def cut(sections: Iterable[Section]) -> list[Piece]:
    limit = settings.CHUNK_CHARS
    return [
        # The first line keeps its indentation: it may be code.
        Piece(section.place, text.strip("\n").rstrip())
        for section in sections
        for text in _pack(list(_parts(section.text, limit)), limit)
        if text.strip()
    ]


def _pack(parts: Sequence[Part], limit: int) -> Iterator[str]:
    """Fills pieces about evenly, so that no section ends in a piece of three words."""
    total = sum(part.width for part in parts)
    enough = total / max(1, -(-total // limit))
    piece, filled = "", 0
    for part in parts:
        if piece and (filled + part.width > limit or filled >= enough):
            yield piece
            piece, filled = part.header, width(part.header)
        piece += part.text
        filled += part.width
    yield piece


def _parts(text: str, limit: int) -> Iterator[Part]:
    for block in _blocks(text):
        block_width = width(block.text)
        if block_width <= limit:
            yield Part(block.text, block_width)
            continue
        # A header that fills much of each piece is not worth repeating.
        header = block.header if width(block.header) * 4 <= limit else ""
        for at, unit in enumerate(_units(block, header)):
            for bit in _bits(unit, limit - width(header)):
                yield Part(bit, width(bit), header if at else "")


def _blocks(text: str) -> Iterator[Block]:
    lines: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        if lines and not fence and not lines[-1].strip() and line.strip():
            yield _block(lines)
            lines = []
        lines.append(line)
        if mark := FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
    if lines:
        yield _block(lines)


def _block(lines: Sequence[str]) -> Block:
    text = "".join(lines)
    is_table = len(lines) > 1 and "|" in lines[0] and TABLE_RULE.fullmatch(lines[1])
    header = "".join(lines[:2]) if is_table else ""
    return Block(text, bool(header or FENCE.match(text)), header)


def _units(block: Block, header: str) -> Iterator[str]:
    """What a block is better not divided below; joined again, they are the block."""
    if header:
        yield header
    if block.by_lines:
        yield from block.text.removeprefix(header).splitlines(keepends=True)
    else:
        yield from _sentences(block.text)


def _sentences(text: str) -> Iterator[str]:
    start = end = 0
    for sentence in split_sentences(text):
        at = text.index(sentence, end)
        if end:
            yield text[start:at]
            start = at
        end = at + len(sentence)
    yield text[start:]


def _bits(unit: str, room: int) -> Iterator[str]:
    """The unit itself, or what remains to be done with one that does not fit: cut it by length."""
    if width(unit) <= room:
        yield unit
        return
    step = max(1, room if unit.isascii() else room // 2)
    start = 0
    while start < len(unit):
        bit = unit[start : start + step]
        found = BREAK.match(bit)
        if start + step < len(unit) and found and found.end() > step // 2:
            bit = found[0]
        yield bit
        start += len(bit)
