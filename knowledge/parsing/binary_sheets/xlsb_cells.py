"""Reads the cells of one sheet of an .xlsb file."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from knowledge.parsing.binary_sheets.cell_values import (
    CellTexts,
    boolean,
    error,
    real_number,
    short_number,
)
from knowledge.parsing.binary_sheets.sparse_rows import PlacedText
from knowledge.parsing.binary_sheets.xlsb_records import records, wide_text
from knowledge.parsing.office.merged_cells import Range
from knowledge.parsing.progress import report

ROW, MERGED = 0, 176
SHORT_NUMBER, ERROR, TRUTH, NUMBER, TEXT, SHARED_TEXT = 2, 3, 4, 5, 6, 7
# Results of formulas.
TEXT_RESULT, NUMBER_RESULT, TRUTH_RESULT, ERROR_RESULT = 8, 9, 10, 11
RICH_TEXT = 62
CELLS = {*range(SHORT_NUMBER, ERROR_RESULT + 1), RICH_TEXT}


def cells(data: bytes, texts: CellTexts) -> Iterator[PlacedText]:
    """In the order of rows, in which every program writes them."""
    row = done = 0
    for kind, content in records(data):
        done += len(content)
        if kind == ROW:
            report(done / len(data))
            row = max(row, int.from_bytes(content[:4], "little") + 1)
        elif kind in CELLS and len(content) > 8:
            column, style = struct.unpack_from("<II", content)
            if text := _shown(kind, content[8:], style & 0xFFFFFF, texts):
                yield row, column, text


def _shown(kind: int, value: bytes, style: int, texts: CellTexts) -> str:
    match kind:
        case _ if kind in (TEXT, TEXT_RESULT):
            return wide_text(value, 0)[0]
        case _ if kind == RICH_TEXT:
            return wide_text(value, 1)[0]
        case _ if kind in (TRUTH, TRUTH_RESULT):
            return boolean(value[0])
        case _ if kind in (ERROR, ERROR_RESULT):
            return error(value[0])
        case _ if kind in (NUMBER, NUMBER_RESULT):
            return texts.write_number(real_number(value), style)
    (number,) = struct.unpack_from("<I", value)
    if kind == SHARED_TEXT:
        return texts.string(number)
    return texts.write_number(short_number(number), style)


def merged_ranges(data: bytes) -> Iterator[Range]:
    for kind, content in records(data):
        if kind == MERGED:
            top, bottom, left, right = struct.unpack_from("<IIII", content)
            yield Range(top + 1, left, bottom + 1, right)
