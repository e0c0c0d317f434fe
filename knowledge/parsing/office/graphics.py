"""Reads charts and SmartArt where a document, a slide or a sheet shows them."""

from __future__ import annotations

from lxml.etree import _Element

from knowledge.parsing.office.charts import chart_text
from knowledge.parsing.office.diagrams import diagram_text, drawn_texts
from knowledge.parsing.office.names import DGM, R
from knowledge.parsing.office.package import Package


def graphic_text(package: Package, part: str, element: _Element) -> str:
    """`element` is the one that refers to the part with the data."""
    is_diagram = element.tag == DGM("relIds")
    found = package.referenced(part, element, R("dm") if is_diagram else R("id"))
    if not package.take(found):
        return ""
    root = package.xml(found)
    if is_diagram:
        return diagram_text(root)
    boxes = package.optional_xml(package.related(found, "chartUserShapes"))
    return "\n\n".join(filter(None, [chart_text(root), *drawn_texts(boxes)]))
