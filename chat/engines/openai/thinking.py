"""What a model thinks between `<think>` and `</think>`, told apart from what it answers."""

import re

from chat.engines.base import Delta, Reasoning

OPEN, CLOSE = "<think>", "</think>"
TAG = re.compile(f"{OPEN}|{CLOSE}")


class Thoughts:
    """Takes the text in any pieces. White space at the start and behind a tag is left out."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._at_start = True

    def feed(self, text: str) -> list[Delta | Reasoning]:
        text = self._held + text
        events = []
        while tag := TAG.search(text):
            events += self._events(text[: tag.start()])
            self._thinking = tag[0] == OPEN
            self._at_start = True
            text = text[tag.end() :]
        self._held = _start_of_tag(text)
        return events + self._events(text[: len(text) - len(self._held)])

    def finish(self) -> list[Delta | Reasoning]:
        held, self._held = self._held, ""
        return self._events(held)

    def _events(self, text: str) -> list[Delta | Reasoning]:
        if self._at_start:
            text = text.lstrip()
        if not text:
            return []
        self._at_start = False
        return [Reasoning(text) if self._thinking else Delta(text)]


def _start_of_tag(text: str) -> str:
    """The end of the text, if it may be the beginning of a tag."""
    at = text.rfind("<")
    tail = text[at:] if at >= 0 else ""
    return tail if OPEN.startswith(tail) or CLOSE.startswith(tail) else ""
