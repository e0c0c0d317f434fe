"""Reads SmartArt: its texts, in the order and nesting of their connections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.parsing.office.names import DGM, A, integer
from knowledge.parsing.office.shape_text import paragraph_text, paragraphs

MAX_INDENTATION = 8


def diagram_text(root: _Element) -> str:
    texts = {
        point.get("modelId") or "": " ".join(paragraphs(point.find(DGM("t"))))
        for point in root.iter(DGM("pt"))
        if point.get("type", "node") in ("node", "asst", "doc")
    }
    children = defaultdict(list)
    for connection in root.iter(DGM("cxn")):
        if connection.get("type", "parOf") == "parOf":
            place = integer(connection.get("srcOrd"))
            children[connection.get("srcId")].append((place, connection.get("destId") or ""))
    lines, seen = [], set()
    # From the last to the first: what is on top comes next. Points without a parent come last.
    pending = [(identifier, -1) for identifier in reversed(texts)]
    nested = {child for family in children.values() for _, child in family}
    pending.sort(key=lambda point: point[0] not in nested)
    while pending:
        identifier, depth = pending.pop()
        if identifier in seen:
            continue
        seen.add(identifier)
        if text := " ".join(texts.get(identifier, "").split()):
            lines.append(f"{'  ' * min(max(depth, 0), MAX_INDENTATION)}- {text}")
        family = sorted(children.get(identifier, ()), reverse=True)
        pending += [(child, depth + 1) for _, child in family]
    return "\n".join(lines)


def drawn_texts(root: _Element | None) -> Iterator[str]:
    """Those of all shapes of a drawing."""
    for paragraph in root.iter(A("p")) if root is not None else ():
        yield paragraph_text(paragraph)
