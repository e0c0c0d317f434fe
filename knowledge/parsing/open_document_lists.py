"""Numbers the items of OpenDocument's lists: their styles say how, and they may go on later."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from knowledge.parsing.table_rows import list_number

STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
BULLET = "- "


class ListNumbers:
    """The marks of the items of one list, one after the other."""

    def __init__(self, style: str | None, prefix: str, suffix: str, start: int) -> None:
        self._style, self._prefix, self._suffix = style, prefix, suffix
        self.next = start

    def mark(self, start: str | None) -> str:
        if not self._style:
            return BULLET
        number = int(start) if start else self.next
        self.next = number + 1
        return f"{self._prefix}{list_number(number, self._style)}{self._suffix} "


class ListStyles:
    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._levels: dict[tuple[str, int], etree._Element] = {}
        self._last: dict[tuple[str, int], ListNumbers] = {}
        for root in roots:
            for style in root.iter(f"{TEXT}list-style"):
                for level in style:
                    if number := level.get(f"{TEXT}level", ""):
                        self._levels[style.get(f"{STYLE}name", ""), int(number)] = level

    def numbers(self, style: str, level: int, continues: str | None) -> ListNumbers:
        """For a new list, or going on after the last one of its style."""
        key = (style, level)
        found = self._levels.get(key)
        start = int(found.get(f"{TEXT}start-value", 1)) if found is not None else 1
        if continues == "true" and key in self._last:
            start = self._last[key].next
        number, prefix, suffix = None, "", "."
        if found is not None and found.tag == f"{TEXT}list-level-style-number":
            number = found.get(f"{STYLE}num-format")
            prefix = found.get(f"{STYLE}num-prefix", "").lstrip()
            suffix = found.get(f"{STYLE}num-suffix", "").rstrip() or "."
        self._last[key] = ListNumbers(number, prefix, suffix, start)
        return self._last[key]
