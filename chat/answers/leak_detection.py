"""Detects leaked instructions by a canary, a secret word hidden in the instructions of one answer.

An answer that says the canary has been talked into telling its instructions. It is stopped before
a reader gets that word.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chat.engines.base import Delta, EngineFailed, Event, Reasoning

LEAKED = "The answer was stopped: it was about to give away this assistant's instructions"


class Leaked(EngineFailed):
    """The engine said the canary. The sentence of this error does not."""


def new_canary() -> str:
    """Few words begin as it does, so that text is hardly ever withheld because of it."""
    return f"zx{secrets.token_hex(10)}"


class LeakDetector:
    """Takes a text in any pieces, and withholds an end of it that may become the canary.

    The canary is also found in upper case, and with any other characters between its letters.
    """

    def __init__(self, canary: str) -> None:
        self._canary = canary
        self._withheld = ""
        # How many letters of the canary are withheld.
        self._matched = 0

    def feed(self, piece: str) -> str:
        """What may be shown. Raises `Leaked`."""
        if not self._withheld and self._canary[0] not in piece.lower():
            return piece
        shown: list[str] = []
        for character in piece:
            self._withheld += character
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
        # Only its first letter can begin the canary again: "z" is no hexadecimal digit.
        last = self._withheld[-1]
        self._withheld = self._withheld[:-1]
        shown.append(self._release())
        self._withheld = last
        if letter == self._canary[0]:
            self._matched = 1
        else:
            shown.append(self._release())

    def _release(self) -> str:
        withheld, self._withheld, self._matched = self._withheld, "", 0
        return withheld


async def detect_leaks(events: AsyncGenerator[Event], canary: str) -> AsyncGenerator[Event]:
    """The same events, as long as the canary is in none. Raises `Leaked`."""
    answer, reasoning = LeakDetector(canary), LeakDetector(canary)
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Delta(text) if shown := answer.feed(text):
                        yield Delta(shown)
                    case Reasoning(text) if shown := reasoning.feed(text):
                        yield Reasoning(shown)
                    case Delta() | Reasoning():
                        pass
                    case _:
                        yield event
    except Leaked:
        raise
    except EngineFailed:
        # What was withheld belongs to the answer, however it ended.
        for event in _rest(answer, reasoning):
            yield event
        raise
    for event in _rest(answer, reasoning):
        yield event


def _rest(answer: LeakDetector, reasoning: LeakDetector) -> list[Event]:
    rest: list[Event] = []
    if text := reasoning.finish():
        rest.append(Reasoning(text))
    if text := answer.finish():
        rest.append(Delta(text))
    return rest
