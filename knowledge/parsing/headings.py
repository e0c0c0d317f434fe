"""Builds sections from lines and nested headings; the place of each is the path of its headings."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.text.places import place_of
from knowledge.text.section import Section

# A place repeats its headings for each chunk: a longer one is cut there, and whole in the text.
MAX_HEADING = 200


@dataclass
class SectionBuilder:
    title: str = ""
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)
    _finished: list[tuple[str, str]] = field(default_factory=list)

    def add_heading(self, level: int, text: str) -> None:
        text = " ".join(text.split())
        if not text:
            return
        self._end_section(next_level=level)
        whole, text = text, _shortened(text)
        if level <= 1 and not self.title:
            self.title = text
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text))
        if text != whole:
            self.add_line(whole)

    def add_line(self, text: str) -> None:
        self._lines.append(text)

    def sections(self) -> list[Section]:
        self._end_section(next_level=0)
        return [Section(place, text, self.title) for place, text in self._finished]

    def _end_section(self, next_level: int) -> None:
        text = "\n".join(self._lines).strip("\n")
        self._lines.clear()
        if not text.strip():
            # A heading with nothing below it is itself the text of its section.
            if not self._headings or next_level > self._headings[-1][0]:
                return
            text = self._headings[-1][1]
        self._finished.append((place_of(name for _, name in self._headings), text))


def _shortened(heading: str) -> str:
    return heading if len(heading) <= MAX_HEADING else f"{heading[: MAX_HEADING - 1].rstrip()}…"
