"""Reads the cells of one sheet of an .xls file."""

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
from knowledge.parsing.binary_sheets.xls_records import Kind, Record, records
from knowledge.parsing.binary_sheets.xls_strings import counted_text
from knowledge.parsing.office.merged_cells import Range
from knowledge.parsing.progress import report

CELLS = frozenset(
    (
        *(Kind.NUMBER, Kind.LABEL, Kind.TRUTH, Kind.SHORT_NUMBER, Kind.FORMULA),
        *(Kind.SHORT_NUMBERS, Kind.RICH_LABEL, Kind.SHARED_LABEL),
    )
)
NOTES = (Kind.NOTE, Kind.OBJECT, Kind.OBJECT_TEXT)
# The result of a formula that is no number ends in this.
NO_NUMBER = b"\xff\xff"
TRUTH_RESULT, ERROR_RESULT = 1, 2


class XlsSheet:
    def __init__(self, stream: bytes, start: int, texts: CellTexts) -> None:
        self._stream, self._start, self._texts = stream, start, texts
        self.merged: list[Range] = []
        # Records of comments and text boxes.
        self.notes: list[Record] = []
        self._is_in_order = True
        self._last_row = 0
        for record in records(stream, start):
            if record.kind in CELLS:
                row = int.from_bytes(record.content[:2], "little")
                self._is_in_order = self._is_in_order and row >= self._last_row
                self._last_row = row
            elif record.kind == Kind.MERGED:
                self.merged += _ranges(record.content)
            elif record.kind in NOTES:
                self.notes.append(record)

    def cells(self) -> Iterator[PlacedText]:
        """In the order of rows; most programs write them so."""
        cells = self._cells()
        return cells if self._is_in_order else iter(sorted(cells))

    def _cells(self) -> Iterator[PlacedText]:
        formula: tuple[int, int] | None = None
        for record in records(self._stream, self._start):
            if record.kind == Kind.FORMULA_TEXT and formula:
                row, column = formula
                yield row, column, counted_text(record.segments, 0, self._texts.code_page)
                formula = None
            elif record.kind in CELLS and len(record.content) >= 6:
                row, column, style = struct.unpack_from("<HHH", record.content)
                report(row / (self._last_row + 1))
                formula = (row + 1, column) if record.kind == Kind.FORMULA else None
                for at, text in enumerate(self._shown(record, style)):
                    if text:
                        yield row + 1, column + at, text

    def _shown(self, record: Record, style: int) -> Iterator[str]:
        content, texts = record.content, self._texts
        match record.kind:
            case Kind.NUMBER:
                yield texts.write_number(real_number(content, 6), style)
            case Kind.SHORT_NUMBER:
                (packed,) = struct.unpack_from("<I", content, 6)
                yield texts.write_number(short_number(packed), style)
            case Kind.SHORT_NUMBERS:
                for style_of_one, packed in struct.iter_unpack("<HI", _whole(content[4:-2], 6)):
                    yield texts.write_number(short_number(packed), style_of_one)
            case Kind.SHARED_LABEL:
                (at,) = struct.unpack_from("<I", content, 6)
                yield texts.string(at)
            case Kind.TRUTH:
                yield error(content[6]) if content[7] else boolean(content[6])
            case Kind.FORMULA:
                yield self._result(content[6:14], style)
            case _:
                yield counted_text(record.segments, 6, texts.code_page)

    def _result(self, result: bytes, style: int) -> str:
        if not result.endswith(NO_NUMBER):
            return self._texts.write_number(real_number(result), style)
        if result[0] == TRUTH_RESULT:
            return boolean(result[2])
        return error(result[2]) if result[0] == ERROR_RESULT else ""


def _ranges(content: bytes) -> Iterator[Range]:
    for top, bottom, left, right in struct.iter_unpack("<HHHH", _whole(content[2:], 8)):
        yield Range(top + 1, left, bottom + 1, right)


def _whole(content: bytes, width: int) -> bytes:
    return content[: len(content) // width * width]
