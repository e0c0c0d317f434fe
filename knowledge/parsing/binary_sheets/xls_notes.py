"""Reads the comments and text boxes of a sheet of an .xls file."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from knowledge.parsing.binary_sheets.xls_records import Kind, Record
from knowledge.parsing.binary_sheets.xls_strings import Segments
from knowledge.parsing.office.comment_line import comment_line
from knowledge.parsing.table_rows import cell_name

COMMENT = 0x19


def note_lines(found: Iterable[Record]) -> Iterator[str]:
    """Text boxes first; Excel 97 and later only, which keep them apart."""
    comments: dict[int, str] = {}
    notes: list[Record] = []
    kind = identifier = 0
    for record in found:
        if record.kind == Kind.OBJECT and len(record.content) >= 8:
            kind, identifier = struct.unpack_from("<HH", record.content, 4)
        elif record.kind == Kind.OBJECT_TEXT:
            text = _text(record)
            if kind == COMMENT:
                comments[identifier] = " ".join(text.split())
            elif text.strip():
                yield f"\n{text}"
        elif record.kind == Kind.NOTE and len(record.content) >= 11:
            notes.append(record)
    for note in notes:
        row, column, _, identifier = struct.unpack_from("<HHHH", note.content)
        author = Segments([note.content[8:]])
        name = author.text(author.integer(2))
        # It begins with the author, too.
        if text := comments.pop(identifier, "").removeprefix(f"{name}:").strip():
            yield comment_line(name, text, cell_name(row, column))


def _text(record: Record) -> str:
    length = int.from_bytes(record.content[10:12], "little")
    return Segments(record.segments[1:]).text(length) if length and record.segments[1:] else ""
