"""Writes the equations of Office (OMML) as one line of text: `x=(-b±√(b^2-4ac))/2a`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml.etree import _Element

from knowledge.parsing.office.names import A, M, W, is_on, value

PROPERTIES = "Pr"


def linear_text(element: _Element) -> str:
    """The text of an equation or of a part of it."""
    local = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else PROPERTIES
    if element.tag in (M("t"), W("t"), A("t")):
        return element.text or ""
    if local.endswith(PROPERTIES) or element.tag in (W("del"), W("moveFrom")):
        return ""
    if element.tag in (M("oMathPara"), M("eqArr")):
        return "; ".join(filter(None, map(linear_text, element)))
    write = WRITERS.get(element.tag)
    return write(element) if write else "".join(map(linear_text, element))


def _part(element: _Element, name: str) -> str:
    found = element.find(M(name))
    return "" if found is None else linear_text(found)


def _property(element: _Element, name: str, default: str) -> str:
    path = f"{element.tag}{PROPERTIES}/{M(name)}"
    return value(element.find(path), default) if element.find(path) is not None else default


def group(text: str) -> str:
    """In brackets, unless it is one thing."""
    return text if len(text) < 2 or text.isalnum() else f"({text})"


def _fraction(element: _Element) -> str:
    return f"{group(_part(element, 'num'))}/{group(_part(element, 'den'))}"


def _scripts(element: _Element) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    scripts = f"_{group(below)}" * bool(below) + f"^{group(above)}" * bool(above)
    if element.tag == M("sPre"):
        return f"{scripts} {_part(element, 'e')}"
    return f"{group(_part(element, 'e'))}{scripts}"


def _root(element: _Element) -> str:
    degree, base = _part(element, "deg"), _part(element, "e")
    return f"√[{degree}]({base})" if degree else f"√{group(base)}"


def _operator(element: _Element) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    limits = f"_{group(below)}" * bool(below) + f"^{group(above)}" * bool(above)
    return f"{_property(element, 'chr', '∫')}{limits} {_part(element, 'e')}"


def _brackets(element: _Element) -> str:
    separator = _property(element, "sepChr", "|")
    inside = separator.join(linear_text(part) for part in element.iterchildren(M("e")))
    return f"{_property(element, 'begChr', '(')}{inside}{_property(element, 'endChr', ')')}"


def _function(element: _Element) -> str:
    return f"{_part(element, 'fName')} {_part(element, 'e')}"


def _limit(element: _Element) -> str:
    sign = "_" if element.tag == M("limLow") else "^"
    return f"{_part(element, 'e')}{sign}{group(_part(element, 'lim'))}"


def _matrix(element: _Element) -> str:
    rows = (
        " ".join(linear_text(cell) for cell in row.iterchildren(M("e")))
        for row in element.iterchildren(M("mr"))
    )
    return f"[{'; '.join(rows)}]"


def _accent(element: _Element) -> str:
    return f"{_part(element, 'e')}{_property(element, 'chr', chr(0x302))}"


def _phantom(element: _Element) -> str:
    shown = element.find(f"{M('phantPr')}/{M('show')}")
    return _part(element, "e") if shown is None or is_on(shown) else ""


WRITERS: Mapping[str, Callable[[_Element], str]] = {
    M("f"): _fraction,
    **dict.fromkeys((M("sSub"), M("sSup"), M("sSubSup"), M("sPre")), _scripts),
    M("rad"): _root,
    M("nary"): _operator,
    M("d"): _brackets,
    M("func"): _function,
    **dict.fromkeys((M("limLow"), M("limUpp")), _limit),
    M("m"): _matrix,
    M("acc"): _accent,
    M("phant"): _phantom,
}
