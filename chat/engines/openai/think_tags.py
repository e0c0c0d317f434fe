"""Separates the reasoning between `<think>` and `</think>` from the answer, in streamed text."""

import re

from chat.engines.base import Delta, Reasoning

OPEN, CLOSE = "<think>", "</think>"
TAG = re.compile(f"{OPEN}|{CLOSE}")


class ThinkTagParser:
    """Takes the text in any pieces. White space at the start and after a tag is left out."""

    def __init__(self) -> None:
        self._withheld = ""
        self._in_reasoning = False
        self._at_start = True

    def feed(self, text: str) -> list[Delta | Reasoning]:
        text = self._withheld + text
        events = []
        while tag := TAG.search(text):
            events += self._events(text[: tag.start()])
            self._in_reasoning = tag[0] == OPEN
            self._at_start = True
            text = text[tag.end() :]
        self._withheld = _start_of_tag(text)
        return events + self._events(text[: len(text) - len(self._withheld)])

    def finish(self) -> list[Delta | Reasoning]:
        withheld, self._withheld = self._withheld, ""
        return self._events(withheld)

    def _events(self, text: str) -> list[Delta | Reasoning]:
        if self._at_start:
            text = text.lstrip()
        if not text:
            return []
        self._at_start = False
        return [Reasoning(text) if self._in_reasoning else Delta(text)]


def _start_of_tag(text: str) -> str:
    """The end of the text, if it may be the beginning of a tag."""
    at = text.rfind("<")
    tail = text[at:] if at >= 0 else ""
    return tail if OPEN.startswith(tail) or CLOSE.startswith(tail) else ""
