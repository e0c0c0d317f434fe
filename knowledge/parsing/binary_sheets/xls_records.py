"""Takes the stream of a workbook apart into its records."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Record:
    kind: int
    # Its content, and what follows on it where it is too long for one record.
    segments: Sequence[bytes]

    @property
    def content(self) -> bytes:
        return self.segments[0]


def records(stream: bytes, start: int) -> Iterator[Record]:
    """Those of one part: the workbook itself, or a sheet without its charts."""
    depth = 0
    for record in _joined(stream, start):
        if record.kind == Kind.START:
            depth += 1
        if depth == 1 or (depth == 0 and record.kind != Kind.END):
            yield record
        if record.kind == Kind.END:
            depth -= 1
            if depth <= 0:
                return


def _joined(stream: bytes, start: int) -> Iterator[Record]:
    kind, segments = -1, [b""]
    for next_kind, content in _single(stream, start):
        if next_kind == Kind.CONTINUE:
            segments.append(content)
            continue
        if kind >= 0:
            yield Record(kind, segments)
        kind, segments = next_kind, [content]
    if kind >= 0:
        yield Record(kind, segments)


def _single(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind = int.from_bytes(stream[at : at + 2], "little")
        length = int.from_bytes(stream[at + 2 : at + 4], "little")
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length
