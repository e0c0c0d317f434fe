"""Numbers list items and headings of OpenDocument: styles say how, and a list may go on later."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from knowledge.parsing.office.numbers import by_sample

STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
BULLET = "- "
MAX_LEVELS = 10

# The number that each level of a list has come to, and how it is written.
Counts = dict[int, int]
Levels = dict[int, etree._Element]


class ListStyles:
    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._levels: dict[str, Levels] = {}
        self._last: dict[str, Counts] = {}
        self._by_id: dict[str, Counts] = {}
        self._headings: Levels = {}
        self._heading_counts: Counts = {}
        for root in roots:
            for style in root.iter(f"{TEXT}list-style"):
                self._levels[style.get(f"{STYLE}name", "")] = _levels(style)
            for style in root.iter(f"{TEXT}outline-style"):
                self._headings.update(_levels(style))

    def counts(self, element: etree._Element, style: str) -> Counts:
        """For a list that is in no other: new ones, or those of the list that it continues."""
        found = self._by_id.get(element.get(f"{TEXT}continue-list", "none"))
        if found is None and element.get(f"{TEXT}continue-numbering") == "true":
            found = self._last.get(style)
        counts: Counts = {} if found is None else found
        self._last[style] = counts
        if identifier := element.get(XML_ID):
            self._by_id[identifier] = counts
        return counts

    def mark(self, style: str, level: int, counts: Counts, start: str | None) -> str:
        """What stands before the next item."""
        levels = self._levels.get(style, {})
        _count(levels, level, counts, start)
        number = _written(levels, level, counts)
        if not number:
            return BULLET
        return f"{number}. " if number[-1].isalnum() else f"{number} "

    def heading(self, level: int, start: str | None) -> str:
        """What stands before the next heading of this level, which is nothing if none has one."""
        _count(self._headings, level, self._heading_counts, start)
        number = _written(self._headings, level, self._heading_counts)
        return f"{number} " if number else ""


def _levels(style: etree._Element) -> Levels:
    return {int(number): level for level in style if (number := level.get(f"{TEXT}level"))}


def _count(levels: Levels, level: int, counts: Counts, start: str | None) -> None:
    for deeper in [deeper for deeper in counts if deeper > level]:
        del counts[deeper]
    counts[level] = int(start) if start else counts.get(level, _first(levels.get(level)) - 1) + 1


def _first(format_: etree._Element | None) -> int:
    return 1 if format_ is None else int(format_.get(f"{TEXT}start-value", 1))


def _written(levels: Levels, level: int, counts: Counts) -> str:
    """With the numbers of the levels above, if they are shown: `2.1`. Nothing for a bullet."""
    format_ = levels.get(level)
    if format_ is None or not format_.get(f"{STYLE}num-format"):
        return ""
    shown = min(int(format_.get(f"{TEXT}display-levels", 1)), level, MAX_LEVELS)
    numbers = []
    for at in range(level - shown + 1, level + 1):
        found = levels.get(at)
        if found is not None and (style := found.get(f"{STYLE}num-format")):
            numbers.append(by_sample(counts.get(at, _first(found)), style))
    prefix = format_.get(f"{STYLE}num-prefix", "").lstrip()
    return f"{prefix}{'.'.join(numbers)}{format_.get(f'{STYLE}num-suffix', '').rstrip()}"
