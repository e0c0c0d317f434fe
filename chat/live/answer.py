"""An answer being written: a text that only grows, and a bell for those who follow it. No I/O."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from chat.errors import ChatError, Conflict


class Stage(StrEnum):
    RETRIEVING = "retrieving"
    THINKING = "thinking"
    ANSWERING = "answering"


class Status(StrEnum):
    """How an answer ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`usage` and `timing` as the completion frame carries them; `error` if it did not go well."""

    status: Status
    reference: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    timing: dict[str, int] = field(default_factory=dict)
    error: ChatError | None = None


class Progress(NamedTuple):
    """What a follower has not seen yet, and where it stands afterwards."""

    text: str
    offset: int
    reasoning: str
    stage: Stage | None

    def silent(self) -> Progress:
        """The same step for someone who waits for the whole."""
        return self._replace(text="", reasoning="")


class GrowingText:
    """A text that is only appended to. Positions are lengths in UTF-8 bytes."""

    __slots__ = ("_ends", "_last_start", "_pieces", "size")

    def __init__(self, text: str = "") -> None:
        self._pieces: list[str] = []
        self._ends: list[int] = []
        self.size = 0
        # Where the last piece begins: most followers are one piece behind.
        self._last_start = 0
        if text:
            self.append(text)

    def __str__(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
            self._ends = [self.size]
            self._last_start = 0
        return self._pieces[0] if self._pieces else ""

    def append(self, piece: str) -> None:
        """`piece` must be free of lone surrogates: they have no length in UTF-8."""
        self._last_start = self.size
        self.size += len(piece) if piece.isascii() else len(piece.encode())
        self._pieces.append(piece)
        self._ends.append(self.size)

    def since(self, offset: int) -> str:
        """Raises `Conflict` if no reader can have come to `offset` honestly."""
        if offset == self.size:
            return ""
        if offset == self._last_start:
            return self._pieces[-1]
        if offset > self.size:
            raise Conflict(f"`offset` {offset} is beyond the {self.size} bytes written so far")
        index = bisect_right(self._ends, offset)
        start = self._ends[index - 1] if index else 0
        if offset == start:
            tail = self._pieces[index:]
            return tail[0] if len(tail) == 1 else "".join(tail)
        return _cut("".join(self._pieces[index:]), offset - start)


def _cut(text: str, skip: int) -> str:
    try:
        return text.encode()[skip:].decode()
    except UnicodeDecodeError:
        raise Conflict("`offset` points into the middle of a character") from None


class LiveAnswer:
    """One writer appends to it; any number of followers read, each from an offset of its own.

    An answer that has ended long ago is the same thing, with its whole text in one piece.
    """

    __slots__ = (
        "__weakref__",
        "_waiting",
        "followers",
        "id",
        "outcome",
        "question",
        "reasoning",
        "request_id",
        "session_id",
        "stage",
        "text",
    )

    def __init__(self, id: str, session_id: str, request_id: str = "", question: str = "") -> None:
        self.id = id
        self.session_id = session_id
        self.question = question
        self.request_id = request_id
        self.text = GrowingText()
        self.reasoning = GrowingText()
        self.stage: Stage | None = None
        self.outcome: Outcome | None = None
        self.followers = 0
        self._waiting: list[asyncio.Future[None]] = []

    def write(self, piece: str) -> None:
        self.stage = Stage.ANSWERING
        self.text.append(piece)
        self._ring()

    def think(self, piece: str) -> None:
        self.stage = Stage.THINKING
        self.reasoning.append(piece)
        self._ring()

    def enter(self, stage: Stage) -> None:
        self.stage = stage
        self._ring()

    def end(self, outcome: Outcome) -> None:
        """Nothing is written afterwards. The first ending counts."""
        if self.outcome is None:
            self.outcome = outcome
            self._ring()

    async def follow(
        self, offset: int = 0, reasoning_offset: int | None = 0
    ) -> AsyncGenerator[Progress, None]:
        """All there is from `offset` on, until the end; `outcome` is there when it is over.

        However late a follower comes back for more, it finds one piece: slow readers get fewer,
        bigger pieces. Raises `Conflict` for an offset that was never reached.
        """
        seen = self.reasoning.size if reasoning_offset is None else reasoning_offset
        stage: Stage | None = None
        text, thoughts = self.text, self.reasoning
        self.followers += 1
        try:
            while True:
                if offset != text.size or seen != thoughts.size or stage is not self.stage:
                    news, reasoning = text.since(offset), thoughts.since(seen)
                    offset, seen, stage = text.size, thoughts.size, self.stage
                    yield Progress(news, offset, reasoning, stage)
                elif self.outcome:
                    return
                else:
                    await self._bell()
        finally:
            self.followers -= 1

    def _bell(self) -> asyncio.Future[None]:
        """Rings when there is something new."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    def _ring(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
