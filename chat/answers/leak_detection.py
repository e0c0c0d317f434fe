"""A word hidden in the instructions of one answer. An answer that says it was talked into telling
them, and is stopped before anybody reads that word."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chat.engines.base import Delta, EngineFailed, Event, Reasoning

LEAKED = "The answer was stopped: it was about to give away this assistant's instructions"


class Leaked(EngineFailed):
    """The engine said the word. The sentence does not."""


def new_canary() -> str:
    """It begins with what begins few words, so that answers are hardly ever held up by it."""
    return f"zx{secrets.token_hex(10)}"


class Watch:
    """Takes a text in any pieces, and holds back an end of it that may become the word.

    The word is found in upper case, too, and with anything between its letters that is none.
    """

    def __init__(self, canary: str) -> None:
        self._canary = canary
        self._held = ""
        # How many of the word's letters are held.
        self._matched = 0

    def feed(self, piece: str) -> str:
        """What may be shown. Raises `Leaked`."""
        if not self._held and self._canary[0] not in piece.lower():
            return piece
        shown: list[str] = []
        for character in piece:
            self._held += character
            letter = character.lower()
            if not letter.isalnum():
                if not self._matched:
                    shown.append(self._release())
                continue
            self._advance(letter, shown)
            if self._matched == len(self._canary):
                raise Leaked(LEAKED)
        return "".join(shown)

    def finish(self) -> str:
        return self._release()

    def _advance(self, letter: str, shown: list[str]) -> None:
        if letter == self._canary[self._matched]:
            self._matched += 1
            return
        # Nothing but its first letter begins the word again: "z" is no hexadecimal digit.
        last = self._held[-1]
        self._held = self._held[:-1]
        shown.append(self._release())
        self._held = last
        if letter == self._canary[0]:
            self._matched = 1
        else:
            shown.append(self._release())

    def _release(self) -> str:
        held, self._held, self._matched = self._held, "", 0
        return held


async def watched(events: AsyncGenerator[Event], canary: str) -> AsyncGenerator[Event]:
    """The same events, as long as the word is in none. Raises `Leaked`."""
    said, thought = Watch(canary), Watch(canary)
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Delta(text) if shown := said.feed(text):
                        yield Delta(shown)
                    case Reasoning(text) if shown := thought.feed(text):
                        yield Reasoning(shown)
                    case Delta() | Reasoning():
                        pass
                    case _:
                        yield event
    except Leaked:
        raise
    except EngineFailed:
        # What was held back belongs to the answer, however it ended.
        for event in _rest(said, thought):
            yield event
        raise
    for event in _rest(said, thought):
        yield event


def _rest(said: Watch, thought: Watch) -> list[Event]:
    rest: list[Event] = []
    if text := thought.finish():
        rest.append(Reasoning(text))
    if text := said.finish():
        rest.append(Delta(text))
    return rest
