"""Counts the numbered paragraphs of a Word document, and writes the number of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lxml.etree import _Element

from knowledge.parsing.office.names import W, integer, is_on, value
from knowledge.parsing.office.numbers import written

MAX_LEVELS = 9
# What stands before each paragraph of a list.
MAX_TEXT = 60


@dataclass(frozen=True, slots=True)
class Level:
    start: int = 1
    style: str = "decimal"
    # `%1` stands for the number of the first level.
    text: str = ""
    # After which level it begins again; 0 is never, None after any that is higher.
    restart: int | None = None
    # All levels in it are shown as decimals.
    is_legal: bool = False


@dataclass(slots=True)
class List:
    """What is counted together: lists of a document may share it."""

    levels: dict[int, Level] = field(default_factory=dict)
    # The levels that a paragraph has by its style.
    by_style: dict[str, int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Numbered:
    """What paragraphs refer to: a list with changes of its own."""

    counted: List
    levels: dict[int, Level]
    # The levels whose first paragraph does not go on from the list before.
    begins_again: set[int]


class Numbering:
    def __init__(
        self, root: _Element | None, numbered: Mapping[str, Numbered] | None = None
    ) -> None:
        """`numbered` are lists that were read elsewhere, by what paragraphs call them."""
        self._lists: dict[str, List] = {}
        self._numbered: dict[str, Numbered] = dict(numbered or {})
        self._links: dict[str, str] = {}
        self._linked_styles: dict[str, List] = {}
        if root is not None:
            self._read(root)

    def level_of_style(self, number: str, style: str) -> int:
        found = self._numbered.get(number)
        return found.counted.by_style.get(style, 0) if found else 0

    def label(self, number: str, at: int) -> str | None:
        """What stands before the next paragraph: "-" for bullets; None if it is not in a list."""
        found = self._numbered.get(number)
        if not found or not 0 <= at < MAX_LEVELS:
            return None
        if at in found.begins_again:
            found.begins_again.remove(at)
            found.counted.counts.pop(at, None)
        self._count(found, at)
        level = found.levels.get(at, Level(text=f"%{at + 1}."))
        return "-" if level.style == "bullet" else _filled(level, found)

    def _count(self, numbered: Numbered, at: int) -> None:
        counts, levels = numbered.counted.counts, numbered.levels
        for lower in [lower for lower in counts if lower > at]:
            restart = levels[lower].restart if lower in levels else None
            if restart is None or restart > at:
                del counts[lower]
        for higher in range(at):
            counts.setdefault(higher, levels.get(higher, Level()).start)
        counts[at] = counts.get(at, levels.get(at, Level()).start - 1) + 1

    def _read(self, root: _Element) -> None:
        for element in root.iterchildren(W("abstractNum")):
            identifier = element.get(W("abstractNumId")) or ""
            self._lists[identifier] = read = _list(element)
            if link := value(element.find(W("numStyleLink"))):
                self._links[identifier] = link
            if link := value(element.find(W("styleLink"))):
                self._linked_styles[link] = read
        for element in root.iterchildren(W("num")):
            identifier = value(element.find(W("abstractNumId")))
            counted = self._linked_styles.get(self._links.get(identifier, ""))
            counted = counted or self._lists.get(identifier)
            if counted is not None:
                self._numbered[element.get(W("numId")) or ""] = _numbered(element, counted)


def _list(element: _Element) -> List:
    read = List()
    for level in element.iterchildren(W("lvl")):
        at = integer(level.get(W("ilvl")))
        read.levels[at] = _level(level)
        if style := value(level.find(W("pStyle"))):
            read.by_style[style] = at
    return read


def _level(element: _Element) -> Level:
    restart = element.find(W("lvlRestart"))
    return Level(
        integer(value(element.find(W("start")), "0")),
        # Styles that older versions do not know are in a choice.
        value(next(element.iter(W("numFmt")), None), "decimal"),
        value(element.find(W("lvlText")))[:MAX_TEXT],
        None if restart is None else integer(value(restart)),
        is_on(element.find(W("isLgl"))),
    )


def _numbered(element: _Element, counted: List) -> Numbered:
    numbered = Numbered(counted, dict(counted.levels), set())
    for override in element.iterchildren(W("lvlOverride")):
        at = integer(override.get(W("ilvl")))
        if (level := override.find(W("lvl"))) is not None:
            numbered.levels[at] = _level(level)
        if (start := override.find(W("startOverride"))) is not None:
            level_before = numbered.levels.get(at, Level(text=f"%{at + 1}."))
            numbered.levels[at] = replace(level_before, start=integer(value(start)))
            numbered.begins_again.add(at)
    return numbered


def _filled(level: Level, numbered: Numbered) -> str:
    text = level.text
    for at, count in numbered.counted.counts.items():
        style = "decimal" if level.is_legal else numbered.levels.get(at, Level()).style
        text = text.replace(f"%{at + 1}", written(count, style))
    return text.strip()
