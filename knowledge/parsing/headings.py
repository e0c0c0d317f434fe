"""Text gathered under nested headings: each section knows the path that leads to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.text.section import Section

SEPARATOR = " › "


@dataclass
class Outline:
    title: str = ""
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)
    _found: list[tuple[str, str]] = field(default_factory=list)

    def heading(self, level: int, text: str) -> None:
        text = " ".join(text.split())
        if not text:
            return
        self._close(opened=level)
        if level <= 1 and not self.title:
            self.title = text
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text))

    def line(self, text: str) -> None:
        self._lines.append(text)

    def sections(self) -> list[Section]:
        self._close(opened=0)
        return [Section(place, text, self.title) for place, text in self._found]

    def _close(self, opened: int) -> None:
        text = "\n".join(self._lines).strip("\n")
        self._lines.clear()
        if not text.strip():
            # A heading with nothing below it is all there is to say at this place.
            if not self._headings or opened > self._headings[-1][0]:
                return
            text = self._headings[-1][1]
        self._found.append((SEPARATOR.join(name for _, name in self._headings), text))
