"""Splits text into chunks: between paragraphs if possible, else between sentences, else words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.text.section import Section
from knowledge.text.sentences import split_sentences
from knowledge.text.width import width

FENCE = re.compile(r"\s*(`{3,}|~{3,})")
TABLE_RULE = re.compile(r"[\s:|]*+-[\s:|-]*+")
# Where a sentence that is too long may be split: after the last of these that fits.
BREAK = re.compile(r".*[\s,;:，、；：]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextChunk:
    """The text of a chunk, and the place of its section."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table or a block of code: text up to a blank line."""

    text: str
    # Tables, rows and code are split between lines, other text between sentences.
    by_lines: bool = False
    # Repeated at the top of each chunk of a table.
    header: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Text that is not split any further, with the white space after it."""

    text: str
    width: int
    header: str = ""


def split_into_chunks(sections: Iterable[Section], limit: int) -> Iterator[TextChunk]:
    """Chunks of at most `limit` columns."""
    for section in sections:
        for text in _pack(list(_parts(section, limit)), limit):
            if text.strip():
                # The first line keeps its indentation: it may be code.
                yield TextChunk(section.place, text.strip("\n").rstrip())


def _pack(parts: Sequence[Part], limit: int) -> Iterator[str]:
    """Fills chunks about evenly, so that no section ends with a chunk of three words."""
    total = sum(part.width for part in parts)
    even_width = total / max(1, -(-total // limit))
    chunk, chunk_width = "", 0
    for part in parts:
        if chunk and (chunk_width + part.width > limit or chunk_width >= even_width):
            yield chunk
            chunk, chunk_width = part.header, width(part.header)
        chunk += part.text
        chunk_width += part.width
    yield chunk


def _parts(section: Section, limit: int) -> Iterator[Part]:
    for block in _blocks(section):
        block_width = width(block.text)
        if block_width <= limit:
            yield Part(block.text, block_width)
            continue
        # A header that would fill much of each chunk is not repeated.
        header = block.header if width(block.header) * 4 <= limit else ""
        for number, unit in enumerate(_units(block, header)):
            for text_part in _split_to_width(unit, limit - width(header)):
                yield Part(text_part, width(text_part), header if number else "")


def _blocks(section: Section) -> Iterator[Block]:
    lines: list[str] = []
    fence = ""
    for line in section.text.splitlines(keepends=True):
        if lines and not fence and not lines[-1].strip() and line.strip():
            yield _block(lines, section.by_lines)
            lines = []
        lines.append(line)
        if mark := FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
    if lines:
        yield _block(lines, section.by_lines)


def _block(lines: Sequence[str], by_lines: bool) -> Block:
    text = "".join(lines)
    is_table = len(lines) > 1 and "|" in lines[0] and TABLE_RULE.fullmatch(lines[1])
    header = "".join(lines[:2]) if is_table else ""
    return Block(text, by_lines or bool(header or FENCE.match(text)), header)


def _units(block: Block, header: str) -> Iterator[str]:
    """The lines or sentences of a block; joined again, they are the block."""
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


def _split_to_width(unit: str, limit: int) -> Iterator[str]:
    """The unit as it is if it fits; otherwise split by length, after a word if possible."""
    if width(unit) <= limit:
        yield unit
        return
    # Wide characters count twice.
    step = max(1, limit if unit.isascii() else limit // 2)
    start = 0
    while start < len(unit):
        part = unit[start : start + step]
        found = BREAK.match(part)
        if start + step < len(unit) and found and found.end() > step // 2:
            part = found[0]
        yield part
        start += len(part)
