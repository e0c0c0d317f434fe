"""What the styles of OpenDocument say about words: the title, hidden text, fonts of symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml.etree import _Element

from knowledge.parsing.office.symbols import FONTS


@dataclass(slots=True)
class TextStyles:
    """Names of styles: those of the document's title, of hidden text, and of fonts of symbols."""

    titles: set[str] = field(default_factory=lambda: {"Title"})
    hidden: set[str] = field(default_factory=set)
    fonts: dict[str, str] = field(default_factory=dict)


def text_styles(roots: Iterable[_Element]) -> TextStyles:
    """`roots` are the parts with styles; those that others are made from come first."""
    styles = TextStyles()
    for root in roots:
        for style in root.iter("{*}style"):
            name, parent = _attribute(style, "name"), _attribute(style, "parent-style-name")
            if parent == "Title":
                styles.titles.add(name)
            properties = next(style.iterchildren("{*}text-properties"), None)
            display = _attribute(properties, "display")
            if display == "none" or (not display and parent in styles.hidden):
                styles.hidden.add(name)
            # The same font with other properties has a number: "Symbol1".
            font = _attribute(properties, "font-name") or _attribute(properties, "font-family")
            font = font.rstrip("0123456789")
            if font.lower() in FONTS:
                styles.fonts[name] = font
    return styles


def _attribute(element: _Element | None, name: str) -> str:
    attributes = element.attrib.items() if element is not None else ()
    return next((str(value) for full, value in attributes if full.endswith(f"}}{name}")), "")
