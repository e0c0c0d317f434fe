"""Reads the cells of one sheet of an .xls file."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterator

from knowledge.parsing.binary_sheets.cell_values import (
    CellTexts,
    boolean,
    error,
    real_number,
    short_number,
)
from knowledge.parsing.binary_sheets.sparse_rows import PlacedText
from knowledge.parsing.binary_sheets.xls_records import START, Kind, Record, places, record_at
from knowledge.parsing.binary_sheets.xls_strings import counted_text
from knowledge.parsing.office.merged_cells import Range
from knowledge.parsing.progress import report

# The result of a formula that is no number ends in this.
NO_NUMBER = b"\xff\xff"
TRUTH_RESULT, ERROR_RESULT = 1, 2
NOTES = frozenset((Kind.NOTE, Kind.OBJECT, Kind.OBJECT_TEXT))
# Looked up for every cell: a member of an enumeration takes longer than the rest.
FORMULA, FORMULA_TEXT = int(Kind.FORMULA), int(Kind.FORMULA_TEXT)
SHORT_NUMBERS, MERGED = int(Kind.SHORT_NUMBERS), int(Kind.MERGED)
# Kind, length, row, column and style.
CELL = struct.Struct("<HHHHH")
# Of a cell and its value, without the kind and the length.
LEAST_BYTES = 8


class XlsSheet:
    def __init__(self, stream: bytes, start: int, texts: CellTexts) -> None:
        self._stream, self._texts = stream, texts
        self.merged: list[Range] = []
        # Records of comments and text boxes.
        self.notes: list[Record] = []
        # Where its charts begin.
        self.charts: list[int] = []
        # Where the records of cells begin.
        self._places = array("Q")
        self._is_in_order = True
        self._last_row = 0
        for kind, at in places(stream, start):
            if kind in CELLS:
                self._add(at)
            elif kind == MERGED:
                self.merged += _ranges(record_at(stream, at).content)
            elif kind in NOTES:
                self.notes.append(record_at(stream, at))
            elif kind == START and at != start:
                self.charts.append(at)

    def _add(self, at: int) -> None:
        if at + CELL.size > len(self._stream):
            return
        self._places.append(at)
        kind, _, row, _, _ = CELL.unpack_from(self._stream, at)
        if kind != FORMULA_TEXT:
            self._is_in_order = self._is_in_order and row >= self._last_row
            self._last_row = row

    def cells(self) -> Iterator[PlacedText]:
        """In the order of rows; most programs write them so."""
        cells = self._cells()
        return cells if self._is_in_order else iter(sorted(cells))

    def _cells(self) -> Iterator[PlacedText]:
        stream, texts = self._stream, self._texts
        formula: tuple[int, int] | None = None
        reported = -1
        for number, at in enumerate(self._places):
            kind, length, row, column, style = CELL.unpack_from(stream, at)
            if row != reported:
                report(number / len(self._places))
                reported = row
            if kind == FORMULA_TEXT:
                if formula:
                    text = counted_text(record_at(stream, at).segments, 0, texts.code_page)
                    yield *formula, text
                formula = None
                continue
            formula = (row + 1, column) if kind == FORMULA else None
            if kind == SHORT_NUMBERS:
                yield from _short_numbers(stream[at + 8 : at + 4 + length], row, column, texts)
            elif length >= LEAST_BYTES and (text := CELLS[kind](stream, at, style, texts)):
                yield row + 1, column, text


def _short_numbers(content: bytes, row: int, column: int, texts: CellTexts) -> Iterator[PlacedText]:
    pairs = struct.iter_unpack("<HI", _whole(content[:-2], 6))
    for at, (style, packed) in enumerate(pairs, column):
        if text := texts.write_number(short_number(packed), style):
            yield row + 1, at, text


def _number(stream: bytes, at: int, style: int, texts: CellTexts) -> str:
    return texts.write_number(real_number(stream, at + CELL.size), style)


def _short_number(stream: bytes, at: int, style: int, texts: CellTexts) -> str:
    return texts.write_number(short_number(_integer(stream, at)), style)


def _shared_label(stream: bytes, at: int, _style: int, texts: CellTexts) -> str:
    return texts.string(_integer(stream, at))


def _integer(stream: bytes, at: int) -> int:
    return int.from_bytes(stream[at + CELL.size : at + CELL.size + 4], "little")


def _label(stream: bytes, at: int, _style: int, texts: CellTexts) -> str:
    return counted_text(record_at(stream, at).segments, 6, texts.code_page)


def _truth(stream: bytes, at: int, _style: int, _texts: CellTexts) -> str:
    value, is_error = stream[at + CELL.size : at + CELL.size + 2]
    return error(value) if is_error else boolean(value)


def _result(stream: bytes, at: int, style: int, texts: CellTexts) -> str:
    result = stream[at + CELL.size : at + CELL.size + 8]
    if not result.endswith(NO_NUMBER):
        return texts.write_number(real_number(result), style)
    if result[0] == TRUTH_RESULT:
        return boolean(result[2])
    return error(result[2]) if result[0] == ERROR_RESULT else ""


def _nothing(_stream: bytes, _at: int, _style: int, _texts: CellTexts) -> str:
    return ""


CELLS: dict[int, Callable[[bytes, int, int, CellTexts], str]] = {
    Kind.NUMBER: _number,
    Kind.SHORT_NUMBER: _short_number,
    Kind.SHARED_LABEL: _shared_label,
    Kind.LABEL: _label,
    Kind.RICH_LABEL: _label,
    Kind.TRUTH: _truth,
    Kind.FORMULA: _result,
    # These two are read in another way: several cells at once, and one of a formula before.
    Kind.SHORT_NUMBERS: _nothing,
    Kind.FORMULA_TEXT: _nothing,
}


def _ranges(content: bytes) -> Iterator[Range]:
    for top, bottom, left, right in struct.iter_unpack("<HHHH", _whole(content[2:], 8)):
        yield Range(top + 1, left, bottom + 1, right)


def _whole(content: bytes, width: int) -> bytes:
    return content[: len(content) // width * width]
