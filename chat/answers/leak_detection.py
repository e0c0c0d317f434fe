"""Detects leaked instructions by a canary, a secret word hidden in the instructions of one answer.

An answer that says the canary, or a good part of it, has been talked into telling its instructions.
It is stopped before a reader gets that word.
"""

from __future__ import annotations

import html
import re
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from enum import Enum

from chat.engines.base import Delta, EngineFailed, Event, Reasoning
from core.look_alikes import fold_look_alikes

LEAKED = "The answer was stopped: it was about to give away this assistant's instructions"
# So many letters of the canary in a row, in whatever part of it, are no chance: one text of a
# hundred thousand million characters has them. A half that is told here and a half that is told
# there are longer.
LEAKED_LETTERS = 10
# So many may be, and are withheld. Of the beginning, each is: hardly any word begins like that.
SUSPICIOUS_LETTERS = 4
# What may stand between two letters, in characters: spaces, signs, tags.
MAX_GAP = 500
MAX_TAG = 200

# An entity of HTML, perhaps with its own `&` written as one; and the beginning of one.
ENTITY = re.compile(r"&(?:amp;){0,3}#?\w{1,31};?")
UNFINISHED_ENTITY = re.compile(r"&(?:amp;){0,3}(?:a|am|amp)?#?\w{0,31}\Z")


class Leaked(EngineFailed):
    """The engine said the canary. The sentence of this error does not."""


def new_canary() -> str:
    """Few words begin as it does, so that text is hardly ever withheld because of it."""
    return f"zx{secrets.token_hex(10)}"


class Channel(Enum):
    ANSWER = 0
    REASONING = 1


class _Trail:
    """The last letters of one way to read a text, as far as they are a part of the canary."""

    def __init__(self, canary: str) -> None:
        self._canary = canary
        self._letters = ""
        # Where each of them is.
        self._places: deque[tuple[Channel, int]] = deque()

    def add(self, letter: str, channel: Channel, at: int) -> bool:
        """Returns whether the canary is leaked by this letter."""
        if letter not in self._canary:
            self._reset()
            return False
        self._letters += letter
        self._places.append((channel, at))
        while self._letters not in self._canary:
            self._letters = self._letters[1:]
            self._places.popleft()
        return len(self._letters) >= LEAKED_LETTERS

    def first_suspicious(self, channel: Channel, end: int) -> int:
        """From where on the text of a channel, which ends at `end`, is to be withheld."""
        places = [at for where, at in self._places if where is channel]
        is_suspicious = len(self._letters) >= SUSPICIOUS_LETTERS or self._canary.startswith(
            self._letters
        )
        if not places or not is_suspicious:
            return end
        if end - places[-1] > MAX_GAP:
            self._reset()
            return end
        return places[0]

    def _reset(self) -> None:
        if self._letters:
            self._letters = ""
            self._places.clear()


class _Text:
    """The text of one channel: what is withheld of it, and where that is in the whole."""

    def __init__(self) -> None:
        self.withheld = ""
        # The position of the first withheld character, and of the first that was not read yet.
        self.start = 0
        self.read_to = 0
        # Since when it is inside what may be a tag.
        self.tag_at: int | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.withheld)

    def release(self, to: int) -> str:
        count = to - self.start
        text, self.withheld = self.withheld[:count], self.withheld[count:]
        self.start = to
        return text


class LeakDetector:
    """Takes the text of an answer and its reasoning in any pieces, and withholds what may become
    the canary.

    It is found in any case, in look-alike characters, as HTML entities, with signs, invisible
    characters or tags between its letters, and in parts; also if it begins in the reasoning and
    ends in the answer.
    """

    def __init__(self, canary: str) -> None:
        letters = "".join(map(fold_look_alikes, canary))
        self._texts = {channel: _Text() for channel in Channel}
        # The channels by themselves and together, each with tags read as text and left out.
        self._trails = {
            (channel, with_tags): _Trail(letters)
            for channel in (*Channel, None)
            for with_tags in (True, False)
        }

    def feed(self, piece: str, channel: Channel = Channel.ANSWER) -> str:
        """What may be shown. Raises `Leaked`."""
        text = self._texts[channel]
        text.withheld += piece
        for letters, at, in_tag in self._read(text):
            for letter in letters:
                self._add(letter, channel, at, in_tag)
        suspicious = [trail.first_suspicious(channel, text.end) for trail in self._trails.values()]
        return text.release(max(text.start, min(text.read_to, *suspicious)))

    def finish(self, channel: Channel = Channel.ANSWER) -> str:
        text = self._texts[channel]
        return text.release(text.end)

    def _add(self, letter: str, channel: Channel, at: int, in_tag: bool) -> None:
        for (where, with_tags), trail in self._trails.items():
            if where not in (channel, None) or (in_tag and not with_tags):
                continue
            if trail.add(letter, channel, at):
                raise Leaked(LEAKED)

    def _read(self, text: _Text) -> Iterator[tuple[str, int, bool]]:
        """The letters of what is new, where they are, and whether they may be in a tag."""
        withheld = text.withheld
        while (at := text.read_to - text.start) < len(withheld):
            character = withheld[at]
            size = 1
            if character == "&":
                if UNFINISHED_ENTITY.match(withheld, at):
                    return
                if entity := ENTITY.match(withheld, at):
                    character, size = _unescape(entity[0])
            yield self._letters(text, character)
            text.read_to += size

    def _letters(self, text: _Text, character: str) -> tuple[str, int, bool]:
        if character == "<":
            text.tag_at = text.read_to
        elif text.tag_at is not None and text.read_to - text.tag_at > MAX_TAG:
            text.tag_at = None
        in_tag = text.tag_at is not None
        if character == ">":
            text.tag_at = None
        letters = "".join(map(fold_look_alikes, character))
        return letters, text.read_to, in_tag


def _unescape(entity: str) -> tuple[str, int]:
    """What the entity stands for, and its length; what stands for nothing is itself."""
    found = entity
    for _ in range(4):
        found = html.unescape(found)
    return (entity[0], 1) if found.startswith("&") else (found, len(entity))


async def detect_leaks(events: AsyncGenerator[Event], canary: str) -> AsyncGenerator[Event]:
    """The same events, as long as the canary is in none. Raises `Leaked`."""
    detector = LeakDetector(canary)
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Delta(text):
                        if shown := detector.feed(text, Channel.ANSWER):
                            yield Delta(shown)
                    case Reasoning(text):
                        if shown := detector.feed(text, Channel.REASONING):
                            yield Reasoning(shown)
                    case _:
                        yield event
    except Leaked:
        raise
    except EngineFailed:
        # What was withheld belongs to the answer, however it ended.
        for event in _rest(detector):
            yield event
        raise
    for event in _rest(detector):
        yield event


def _rest(detector: LeakDetector) -> Iterator[Event]:
    if text := detector.finish(Channel.REASONING):
        yield Reasoning(text)
    if text := detector.finish(Channel.ANSWER):
        yield Delta(text)
