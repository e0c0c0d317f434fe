"""Finds citation markers in streamed text, in all spellings that models use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"(?:ID\s?[:：]?\s?)?\d{1,3}"
SEPARATOR = r"(?:\s?[,，、;；]\s?|\s)"
MARKER = re.compile(
    rf"[\[(（【［]\s?ID\s?[:：]?\s?\d{{1,3}}(?:{SEPARATOR}{NUMBER})*\s?[\])）】］]|##\d{{1,3}}\$\$",
    re.IGNORECASE,
)
MARKER_START = re.compile(
    r"[\[(（【［]\s?(?:I(?:D[\s:：\d,，、;；ID]*)?)?$|#(?:#(?:\d{1,3}\$?)?)?$", re.IGNORECASE
)
# The beginning of what is a marker, or could be made one by leaving something out.
FORGED = re.compile(r"[\[(（【［](?=\s?ID\s?[:：]?\s?\d)|#(?=#\d{1,3}\$\$)", re.IGNORECASE)
DIGITS = re.compile(r"\d+")
OPENER = re.compile(r"[\[(（【［#]")
MAX_CHARS = 60


def neutralize_markers(text: str) -> str:
    """Text of others, in which nothing is a citation: `[ID:1]` in a document would become one of
    another document."""
    return FORGED.sub("‹", text)


@dataclass(frozen=True, slots=True)
class Marker:
    text: str
    numbers: tuple[int, ...]


class MarkerScanner:
    """Takes text in any pieces, yields text and markers."""

    def __init__(self) -> None:
        # An end of the text that may become a marker is withheld until the next piece.
        self._withheld = ""

    def feed(self, text: str) -> Iterator[str | Marker]:
        text, self._withheld = self._withheld + text, ""
        start = at = 0
        while opener := OPENER.search(text, at):
            at = opener.start()
            if found := MARKER.match(text, at, at + MAX_CHARS):
                yield text[start:at]
                yield Marker(found[0], tuple(map(int, DIGITS.findall(found[0]))))
                start = at = found.end()
            elif len(text) - at < MAX_CHARS and MARKER_START.match(text, at):
                self._withheld = text[at:]
                break
            else:
                at += 1
        yield text[start : len(text) - len(self._withheld)]

    def finish(self) -> str:
        withheld, self._withheld = self._withheld, ""
        return withheld
