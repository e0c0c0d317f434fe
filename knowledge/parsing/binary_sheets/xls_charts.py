"""Reads the charts of .xls files: what those of .xlsx files say, as far as it is kept with them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from knowledge.parsing.binary_sheets.cell_values import CellTexts, real_number
from knowledge.parsing.binary_sheets.xls_records import Kind, Record, records
from knowledge.parsing.binary_sheets.xls_strings import counted_text
from knowledge.parsing.office.charts import Column, titles_and_table


class ChartKind(IntEnum):
    SERIES = 0x1003
    TEXT = 0x1025
    TEXT_PLACE = 0x1027
    NAME = 0x100D
    BEGIN = 0x1033
    END = 0x1034
    VALUES_START = 0x1065


CHART = 0x20
# Where a text stands: that of the whole chart comes first, those of axes and points follow.
OF_CHART = 1
# What the values are that follow.
CATEGORIES = 2
# Cells of a chart: row, column and style, then the value.
PLACE = struct.Struct("<HHH")
MAX_POINTS = 32_000


@dataclass(slots=True)
class _Chart:
    titles: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    # By series, then by place; a series may have several kinds of values.
    categories: dict[int, dict[int, str]] = field(default_factory=dict)
    values: dict[tuple[int, int], dict[int, str]] = field(default_factory=dict)


def chart_text(stream: bytes, start: int, texts: CellTexts) -> str:
    """Of a part of the stream; empty if it is no chart."""
    parts = records(stream, start)
    first = next(parts, None)
    if first is None or first.content[2:4] != CHART.to_bytes(2, "little"):
        return ""
    chart = _read(parts, texts)
    return titles_and_table(list(dict.fromkeys(filter(None, chart.titles))), list(_columns(chart)))


def _read(parts: Iterator[Record], texts: CellTexts) -> _Chart:
    chart, blocks = _Chart(), list[int]()
    before = order = 0
    text = ""
    for record in parts:
        kind, content = record.kind, record.content
        if kind == ChartKind.BEGIN:
            blocks.append(before)
            if before == ChartKind.SERIES:
                chart.names.append("")
            text = ""
        elif kind == ChartKind.END and blocks:
            blocks.pop()
        elif kind == ChartKind.NAME and len(content) > 2:
            text = " ".join(counted_text(record.segments, 2, texts.code_page, 1).split())
            if ChartKind.SERIES in blocks and chart.names:
                chart.names[-1] = text
        elif kind == ChartKind.TEXT_PLACE and blocks[-1:] == [ChartKind.TEXT]:
            is_first = content[:2] == OF_CHART.to_bytes(2, "little")
            chart.titles.insert(0 if is_first else len(chart.titles), text)
        elif kind == ChartKind.VALUES_START:
            order = int.from_bytes(content[:2], "little")
        elif order and len(content) > PLACE.size:
            _add_value(chart, record, order, texts)
        before = kind
    return chart


def _add_value(chart: _Chart, record: Record, order: int, texts: CellTexts) -> None:
    row, series, style = PLACE.unpack_from(record.content)
    match record.kind:
        case Kind.NUMBER:
            text = texts.write_number(real_number(record.content, PLACE.size), style)
        case Kind.LABEL:
            text = counted_text(record.segments, PLACE.size, texts.code_page)
        case _:
            return
    if row < MAX_POINTS:
        if order == CATEGORIES:
            chart.categories.setdefault(series, {})[row] = text
        else:
            chart.values.setdefault((series, order), {})[row] = text


def _columns(chart: _Chart) -> Iterator[Column]:
    """Series usually share their categories; these are said once."""
    said: list[str] = []
    for (series, _), found in sorted(chart.values.items()):
        categories = _listed(chart.categories.get(series, {}))
        if categories and categories != said:
            said = said or categories
            yield "", categories
        yield chart.names[series] if series < len(chart.names) else "", _listed(found)
    named = {series for series, _ in chart.values}
    yield from ((name, []) for at, name in enumerate(chart.names) if name and at not in named)


def _listed(found: dict[int, str]) -> list[str]:
    return [found.get(at, "") for at in range(max(found, default=-1) + 1)]
