"""Reads charts: their titles, and their categories and values as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from lxml.etree import _Element

from knowledge.parsing.office.names import CX, A, C, integer
from knowledge.parsing.office.number_formats import shown
from knowledge.parsing.table_rows import markdown_table

# A chart may say that its points are far apart: beyond these shares of empty ones, they are told
# one behind the other.
MAX_EMPTY, MANY = 4, 1000


def chart_text(root: _Element) -> str:
    is_new = root.tag == CX("chartSpace")
    return titles_and_table(*(_new_parts if is_new else _parts)(root))


Column = tuple[str, list[str]]


def titles_and_table(titles: Sequence[str], columns: Sequence[Column]) -> str:
    """Each column is its name and its cells: of categories, which have no name, or of a series."""
    height = max((len(cells) for _, cells in columns), default=0)
    if len(columns) * height > MAX_EMPTY * sum(len(cells) for _, cells in columns) + MANY:
        lines = (f"{head}: {', '.join(filter(None, cells))}" for head, cells in columns)
        return "\n".join([*titles, *lines])
    heads = [head for head, _ in columns]
    rows = [list(row) for row in zip_longest(*(cells for _, cells in columns), fillvalue="")]
    if len(columns) > 1 and not any(any(row) for row in rows):
        rows = []
    return "\n\n".join(filter(None, [*titles, markdown_table([heads, *rows])]))


def _parts(root: _Element) -> tuple[list[str], list[Column]]:
    titles = [_title(title) for title in root.iter(C("title"))]
    columns: list[Column] = []
    for series in root.iter(C("ser")):
        name = " ".join(_points(series.find(C("tx"))))
        categories = _points(series.find(C("cat")))
        # Series usually share their categories; these are said once.
        if any(categories) and ("", categories) not in columns[:1]:
            columns.append(("", categories))
        values = (_points(series.find(C(tag))) for tag in ("xVal", "val", "yVal", "bubbleSize"))
        columns += [(name, points) for points in values if any(points)]
    labels = (_title(label) for label in root.iter(C("dLbl")))
    return list(filter(None, [*titles, *labels])), columns


def _title(title: _Element) -> str:
    text = "".join(part.text or "" for part in title.iter(A("t"), CX("v")))
    return " ".join(text.split()) or " ".join(_points(title.find(C("tx"))))


def _points(element: _Element | None) -> list[str]:
    """The values as the file keeps them, each at its place; several levels of names in one."""
    if element is None:
        return []
    levels = list(element.iter(C("lvl"))) or [element]
    named = [_level(level) for level in levels]
    return [" ".join(filter(None, names)) for names in zip_longest(*reversed(named), fillvalue="")]


def _level(element: _Element) -> list[str]:
    code = next((code.text or "" for code in element.iter(C("formatCode"))), "")
    found: dict[int, str] = {}
    for place, point in enumerate(element.iter(C("pt"))):
        text = point.findtext(C("v")) or ""
        found[integer(point.get("idx"), place)] = _shown(text, point.get("formatCode") or code)
    if not found:
        return [text.text or "" for text in element.iter(C("v"), A("t"))]
    if max(found) > MAX_EMPTY * len(found) + MANY:
        return list(found.values())
    return [found.get(at, "") for at in range(max(found) + 1)]


def _shown(text: str, code: str) -> str:
    try:
        return shown(float(text), code)
    except ValueError:
        return text


def _new_parts(root: _Element) -> tuple[list[str], list[Column]]:
    """Of the kinds that came with Office 2016, such as waterfalls and tree maps."""
    titles = [_title(title) for title in root.iter(CX("title"))]
    names = {
        series.find(CX("dataId")).get("val"): "".join(
            part.text or "" for part in series.iterfind(f"{CX('tx')}//{CX('v')}")
        )
        for series in root.iter(CX("series"))
        if series.find(CX("dataId")) is not None
    }
    columns = []
    for data in root.iter(CX("data")):
        for dimension in data.iterchildren(CX("strDim"), CX("numDim")):
            name = names.get(data.get("id"), "") if dimension.tag == CX("numDim") else ""
            columns.append((name, list(_new_points(dimension))))
    return list(filter(None, titles)), columns


def _new_points(dimension: _Element) -> Iterator[str]:
    levels = [
        [_shown(point.text or "", level.get("formatCode") or "") for point in level.iter(CX("pt"))]
        for level in dimension.iterchildren(CX("lvl"))
    ]
    for names in zip_longest(*reversed(levels), fillvalue=""):
        yield " ".join(filter(None, names))
