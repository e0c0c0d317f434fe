"""What the styles of a Word document say of its paragraphs: headings, lists, hidden text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import _Element

from knowledge.parsing.office.names import W, integer, is_on, value

HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
TITLE = "title"
BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Style:
    """Of a paragraph, or of a run; what it does not say itself is that of its base."""

    # 0 is the title of the document, None no heading.
    heading: int | None = None
    # The number and the level of its list.
    number: str = ""
    level: int | None = None
    is_bullet: bool = False
    is_hidden: bool = False


PLAIN = Style()


class Styles:
    def __init__(self, root: _Element | None) -> None:
        found = root.iterchildren(W("style")) if root is not None else ()
        self._elements = {style.get(W("styleId")) or "": style for style in found}
        self._styles: dict[str, Style] = {}
        self.default = next(
            (
                name
                for name, style in self._elements.items()
                if style.get(W("type")) == "paragraph" and style.get(W("default")) in ("1", "true")
            ),
            "",
        )

    def get(self, name: str) -> Style:
        based: list[str] = []
        while name in self._elements and name not in self._styles:
            # Until it is known: styles may be based on each other in a circle.
            self._styles[name] = PLAIN
            based.append(name)
            name = value(self._elements[name].find(W("basedOn")))
        style = self._styles.get(name, PLAIN)
        for name in reversed(based):
            style = self._styles[name] = _style(self._elements[name], style)
        return style


def _style(element: _Element, base: Style) -> Style:
    properties = element.find(W("pPr"))
    number, level = list_of(properties)
    hidden = element.find(f"{W('rPr')}/{W('vanish')}")
    name = value(element.find(W("name")))
    return Style(
        _heading(name, properties, base.heading),
        base.number if number is None else number,
        base.level if level is None else level,
        name.lower().startswith("list bullet") or base.is_bullet,
        base.is_hidden if hidden is None else is_on(hidden),
    )


def _heading(name: str, properties: _Element | None, of_base: int | None) -> int | None:
    if name.lower() == TITLE:
        return 0
    if found := HEADING.fullmatch(name):
        return int(found[1])
    level = outline_level(properties)
    return of_base if level is None else level or None


def outline_level(properties: _Element | None) -> int | None:
    """1 is the highest, 0 says that it is none, None that nothing is said."""
    found = properties.find(W("outlineLvl")) if properties is not None else None
    if found is None:
        return None
    level = integer(value(found), BODY_LEVEL)
    return level + 1 if 0 <= level < BODY_LEVEL else 0


def list_of(properties: _Element | None) -> tuple[str | None, int | None]:
    """The number and the level of a list, as far as they are said."""
    found = properties.find(W("numPr")) if properties is not None else None
    if found is None:
        return None, None
    number, level = found.find(W("numId")), found.find(W("ilvl"))
    return (
        None if number is None else value(number),
        None if level is None else integer(value(level)),
    )
