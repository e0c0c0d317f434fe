"""The names of elements in Office files, short: `W("p")` is the paragraph of Word."""

from __future__ import annotations

from functools import cache, partial

from lxml.etree import _Element

SCHEMAS = "http://schemas.openxmlformats.org"
MICROSOFT = "http://schemas.microsoft.com/office"
# Office may also write the namespaces of the ISO standard; they are read as the usual ones.
STRICT = b"http://purl.oclc.org/ooxml/"


@cache
def _qualified(namespace: str, local: str) -> str:
    return f"{{{namespace}}}{local}"


W = partial(_qualified, f"{SCHEMAS}/wordprocessingml/2006/main")
A = partial(_qualified, f"{SCHEMAS}/drawingml/2006/main")
P = partial(_qualified, f"{SCHEMAS}/presentationml/2006/main")
S = partial(_qualified, f"{SCHEMAS}/spreadsheetml/2006/main")
R = partial(_qualified, f"{SCHEMAS}/officeDocument/2006/relationships")
M = partial(_qualified, f"{SCHEMAS}/officeDocument/2006/math")
C = partial(_qualified, f"{SCHEMAS}/drawingml/2006/chart")
CX = partial(_qualified, f"{MICROSOFT}/drawing/2014/chartex")
DGM = partial(_qualified, f"{SCHEMAS}/drawingml/2006/diagram")
MC = partial(_qualified, f"{SCHEMAS}/markup-compatibility/2006")


def value(element: _Element | None, default: str = "") -> str:
    """The attribute `val`, with or without the namespace of Word or of equations."""
    if element is None:
        return default
    for name in ("val", W("val"), M("val")):
        if (found := element.get(name)) is not None:
            return str(found)
    return default


def is_on(element: _Element | None) -> bool:
    """Whether a switch such as `<w:vanish/>` is there, and not turned off."""
    return element is not None and value(element, "1") not in ("0", "false", "off")


def integer(text: str | None, default: int = 0) -> int:
    text = (text or "").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else default


def chosen(alternatives: _Element) -> _Element:
    """Of the versions of one thing, that for newer programs; the other may be a picture of it."""
    found = alternatives.find(MC("Choice"))
    found = alternatives.find(MC("Fallback")) if found is None else found
    return alternatives if found is None else found
