"""Reads the charts of OpenDocument: their titles, and the table that each of them keeps."""

from __future__ import annotations

from lxml.etree import _Element

from knowledge.parsing.table_rows import markdown_table


def is_chart(root: _Element) -> bool:
    return next(root.iter("{*}plot-area"), None) is not None


def chart_text(root: _Element) -> str:
    titles = map(_text, root.iter("{*}title", "{*}subtitle"))
    rows = (
        [_text(cell) for cell in row.iterchildren("{*}table-cell")]
        for row in root.iter("{*}table-row")
    )
    return "\n\n".join(filter(None, [*titles, markdown_table(rows)]))


def _text(element: _Element) -> str:
    """Of its paragraphs; a cell also says from where it has its value, which is none."""
    paragraphs = ("".join(part.itertext()) for part in element.iterchildren("{*}p"))
    return " ".join(" ".join(paragraphs).split())
