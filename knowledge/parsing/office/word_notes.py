"""The footnotes, endnotes and comments of a Word document, each given once."""

from __future__ import annotations

from lxml.etree import _Element

from knowledge.parsing.office.names import W
from knowledge.parsing.office.numbers import written
from knowledge.parsing.office.package import Package


class Notes:
    def __init__(self, package: Package, part: str) -> None:
        self._notes: dict[tuple[str, str], _Element] = {}
        self._marks: dict[tuple[str, str], str] = {}
        self._counts = {"footnote": 0, "endnote": 0}
        for kind, tag in (
            ("footnotes", "footnote"),
            ("endnotes", "endnote"),
            ("comments", "comment"),
        ):
            root = package.optional_xml(package.related(part, kind))
            for note in root.iterchildren(W(tag)) if root is not None else ():
                if note.get(W("type"), "normal") == "normal":
                    self._notes[tag, note.get(W("id")) or ""] = note

    def refer(self, kind: str, identifier: str) -> tuple[str, _Element | None]:
        """The mark of a note, and the note itself the first time."""
        key = (kind, identifier)
        note = self._notes.pop(key, None)
        if note is not None:
            self._counts[kind] += 1
            style = "decimal" if kind == "footnote" else "lowerRoman"
            self._marks[key] = f"[{written(self._counts[kind], style)}]"
        return self._marks.get(key, ""), note

    def comment(self, identifier: str) -> _Element | None:
        return self._notes.pop(("comment", identifier), None)
