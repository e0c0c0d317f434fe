"""Reads the comments on the cells of a sheet of an .xlsb file."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from knowledge.parsing.binary_sheets.xlsb_records import records, wide_text
from knowledge.parsing.office.comment_line import comment_line
from knowledge.parsing.office.package import Package
from knowledge.parsing.office.sheet_comments import STAND_IN, xml_comments
from knowledge.parsing.table_rows import cell_name

AUTHOR, COMMENT, TEXT = 632, 635, 637


def comments(package: Package, part: str) -> Iterator[str]:
    """New ones are in XML here, too."""
    yield from xml_comments(package, part, "threadedComment")
    for found in package.all_related(part, "comments"):
        yield from _binary(package.read(found))


def _binary(data: bytes) -> Iterator[str]:
    authors: list[str] = []
    author, place = "", ""
    for kind, content in records(data):
        if kind == AUTHOR:
            authors.append(wide_text(content, 0)[0])
        elif kind == COMMENT:
            number, row, _, column = struct.unpack_from("<IIII", content)
            author = authors[number] if number < len(authors) else ""
            place = cell_name(row, column)
        elif kind == TEXT:
            text = " ".join(wide_text(content, 1)[0].split()).removeprefix(f"{author}:").strip()
            if text and not text.startswith(STAND_IN):
                yield comment_line(author, text, place)
