"""Reads the shapes of slides and of drawings on sheets, in the order in which they are read out."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.parsing.office.alt_text import alt_text
from knowledge.parsing.office.graphics import graphic_text
from knowledge.parsing.office.names import CX, DGM, MC, A, C, P, chosen, integer
from knowledge.parsing.office.package import Package
from knowledge.parsing.office.shape_text import paragraphs
from knowledge.parsing.table_rows import Cell, table_of_cells

TITLES = ("title", "ctrTitle")
# The same on each slide: where it is, and of what.
RUNNING_TEXTS = ("ftr", "hdr", "dt")
LEFT_OUT_PLACEHOLDERS = ("sldNum", *RUNNING_TEXTS)
TRUE = ("1", "true")


def title_of(slide: _Element) -> str:
    shape = _title(slide)
    return " ".join(" ".join(paragraphs(_body(shape))).split()) if shape is not None else ""


def shapes_text(package: Package, part: str, root: _Element) -> Iterator[str]:
    """One text for each shape that has one; the title of a slide is not among them."""
    title = _title(root)
    for shape in _shapes(root):
        if shape is title:
            continue
        local = shape.tag.rpartition("}")[2]
        if local == "sp":
            yield body_text(shape)
        elif local == "pic":
            yield alt_text(_properties(shape))
        elif local == "graphicFrame":
            yield from _frame_text(package, part, shape)


def body_text(shape: _Element) -> str:
    """Of a shape, unless it says where a slide is."""
    return (
        "" if _placeholder(shape) in LEFT_OUT_PLACEHOLDERS else "\n".join(paragraphs(_body(shape)))
    )


def has_running_text(slide: _Element) -> bool:
    """Whether it has a footer or a date, which are not read."""
    shapes = (shape for shape in slide.iter(P("sp")) if _placeholder(shape) in RUNNING_TEXTS)
    return any(any(paragraphs(_body(shape))) for shape in shapes)


def _title(root: _Element) -> _Element | None:
    if root.tag != P("sld"):
        return None
    return next((shape for shape in root.iter(P("sp")) if _placeholder(shape) in TITLES), None)


def _shapes(root: _Element) -> Iterator[_Element]:
    """Also those in groups, and of two versions of a shape the newer one."""
    open_parents = [iter(root)]
    while open_parents:
        for child in open_parents[-1]:
            if child.tag == MC("AlternateContent"):
                open_parents.append(iter(chosen(child)))
                break
            if not isinstance(child.tag, str):
                continue
            local = child.tag.rpartition("}")[2]
            if local in ("sp", "pic", "graphicFrame"):
                if not _is_hidden(child):
                    yield child
            elif local in CONTAINERS and not _is_hidden(child):
                open_parents.append(iter(child))
                break
        else:
            open_parents.pop()


CONTAINERS = (
    *("cSld", "spTree", "grpSp", "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"),
    *("relSizeAnchor", "absSizeAnchor"),
)


def _frame_text(package: Package, part: str, frame: _Element) -> Iterator[str]:
    for table in frame.iter(A("tbl")):
        yield _table_text(table)
    for graphic in frame.iter(C("chart"), CX("chart"), DGM("relIds")):
        yield graphic_text(package, part, graphic)


def _table_text(table: _Element) -> str:
    rows = [
        [
            Cell(
                " ".join(paragraphs(cell.find(A("txBody")))),
                max(1, integer(cell.get("rowSpan"), 1)),
                max(1, integer(cell.get("gridSpan"), 1)),
            )
            for cell in row.iterchildren(A("tc"))
            if cell.get("hMerge") not in TRUE and cell.get("vMerge") not in TRUE
        ]
        for row in table.iterchildren(A("tr"))
    ]
    return table_of_cells(rows)


def _body(shape: _Element) -> _Element | None:
    return next((child for child in shape if _is(child, "txBody")), None)


def _properties(shape: _Element) -> _Element | None:
    """The element with the name, the description and the visibility of the shape."""
    first = next(iter(shape), None)
    return next(iter(first), None) if first is not None else None


def _is_hidden(shape: _Element) -> bool:
    properties = _properties(shape)
    return properties is not None and properties.get("hidden") in TRUE


def _placeholder(shape: _Element) -> str:
    """Its type; "" if it is none."""
    path = f"{P('nvSpPr')}/{P('nvPr')}/{P('ph')}"
    found = shape.find(path)
    return "" if found is None else found.get("type") or "obj"


def _is(element: _Element, local: str) -> bool:
    return isinstance(element.tag, str) and element.tag.endswith(f"}}{local}")
