"""Citation markers in a stream of text, however a model spells them and wherever it is cut."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"(?:ID\s?[:：]?\s?)?\d{1,3}"
SEPARATOR = r"(?:\s?[,，、;；]\s?|\s)"
MARKER = re.compile(
    rf"[\[(（【［]\s?ID\s?[:：]?\s?\d{{1,3}}(?:{SEPARATOR}{NUMBER})*\s?[\])）】］]|##\d{{1,3}}\$\$",
    re.IGNORECASE,
)
BEGINNING = re.compile(
    r"[\[(（【［]\s?(?:I(?:D[\s:：\d,，、;；ID]*)?)?$|#(?:#(?:\d{1,3}\$?)?)?$", re.IGNORECASE
)
OPENER = re.compile(r"[\[(（【［#]")
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Marker:
    text: str
    numbers: tuple[int, ...]


class Markers:
    """Takes text in any pieces, gives text and markers."""

    def __init__(self) -> None:
        # What may become a marker waits for the next piece, and nothing else does.
        self._held = ""

    def feed(self, text: str) -> Iterator[str | Marker]:
        text, self._held = self._held + text, ""
        start = at = 0
        while opener := OPENER.search(text, at):
            at = opener.start()
            if found := MARKER.match(text, at, at + LONGEST):
                yield text[start:at]
                yield Marker(found[0], tuple(map(int, re.findall(r"\d+", found[0]))))
                start = at = found.end()
            elif len(text) - at < LONGEST and BEGINNING.match(text, at):
                self._held = text[at:]
                break
            else:
                at += 1
        yield text[start : len(text) - len(self._held)]

    def finish(self) -> str:
        held, self._held = self._held, ""
        return held
