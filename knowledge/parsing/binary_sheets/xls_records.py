"""Takes the stream of a workbook apart into its records."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    START = 0x809
    END = 0x0A
    CONTINUE = 0x3C
    # Of the workbook.
    PASSWORD = 0x2F
    CODE_PAGE = 0x42
    DATE_MODE = 0x22
    SHEET = 0x85
    FORMAT = 0x41E
    STYLE = 0xE0
    STRINGS = 0xFC
    # Of a sheet.
    NUMBER = 0x203
    LABEL = 0x204
    TRUTH = 0x205
    SHORT_NUMBER = 0x27E
    SHORT_NUMBERS = 0xBD
    RICH_LABEL = 0xD6
    SHARED_LABEL = 0xFD
    FORMULA = 0x06
    FORMULA_TEXT = 0x207
    MERGED = 0xE5
    NOTE = 0x1C
    OBJECT = 0x5D
    OBJECT_TEXT = 0x1B6


START, END, CONTINUE = int(Kind.START), int(Kind.END), int(Kind.CONTINUE)
HEADER = struct.Struct("<HH")


@dataclass(frozen=True, slots=True)
class Record:
    kind: int
    # Where it begins in the stream.
    start: int
    # Its content, and what follows on it where it is too long for one record.
    segments: Sequence[bytes]

    @property
    def content(self) -> bytes:
        return self.segments[0]


def records(stream: bytes, start: int) -> Iterator[Record]:
    """Those of one part: the workbook itself, a sheet without its charts, or a chart."""
    for kind, at in places(stream, start):
        if kind != CONTINUE:
            yield record_at(stream, at)


def places(stream: bytes, start: int) -> Iterator[tuple[int, int]]:
    """The kind of each record of one part, also of those that go on with another, and where it
    begins. Of the charts in a sheet, only where they start. For sheets, which may have millions."""
    depth, at, last = 0, start, len(stream) - HEADER.size
    read_header = HEADER.unpack_from
    while at <= last:
        kind, length = read_header(stream, at)
        if kind == START:
            depth += 1
        if depth == 1 or kind == START or (depth == 0 and kind != END):
            yield kind, at
        if kind == END:
            depth -= 1
            if depth <= 0:
                return
        at += HEADER.size + length


def record_at(stream: bytes, at: int) -> Record:
    kind, length = HEADER.unpack_from(stream, at)
    segments, end = [], at
    following = CONTINUE
    while following == CONTINUE:
        segments.append(stream[end + HEADER.size : end + HEADER.size + length])
        end += HEADER.size + length
        if end + HEADER.size > len(stream):
            break
        following, length = HEADER.unpack_from(stream, end)
    return Record(kind, at, segments)
