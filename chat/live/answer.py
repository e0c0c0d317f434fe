"""An answer being written: a text that only grows, and a bell for those who follow it. No I/O."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from core.errors import AppError, Conflict


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
    error: AppError | None = None


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

    __slots__ = ("_ends", "_pieces", "last_start", "size")

    def __init__(self, text: str = "") -> None:
        self._pieces: list[str] = []
        self._ends: list[int] = []
        self.size = 0
        # Where the last piece begins: most followers are one piece behind.
        self.last_start = 0
        if text:
            self.append(text)

    def __str__(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
            self._ends = [self.size]
            self.last_start = 0
        return self._pieces[0] if self._pieces else ""

    def append(self, piece: str) -> None:
        """`piece` must be free of lone surrogates: they have no length in UTF-8."""
        self.last_start = self.size
        self.size += len(piece) if piece.isascii() else len(piece.encode())
        self._pieces.append(piece)
        self._ends.append(self.size)

    @property
    def last(self) -> str:
        return self._pieces[-1]

    def since(self, offset: int) -> str:
        """Raises `Conflict` if no reader can have come to `offset` honestly."""
        if offset == self.size:
            return ""
        if offset == self.last_start:
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
        self._waiting: list[_Waiter] = []

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

        Raises `Conflict` for an offset that was never reached.
        """
        with Reader(self, offset, reasoning_offset) as follower:
            while True:
                if news := follower.news():
                    yield news
                elif self.outcome:
                    return
                else:
                    await self.rung()

    async def rung(self, at_once: Callable[[], bool] | None = None) -> None:
        """Comes back when there is something new.

        `at_once` is called first, within the writing of each piece. As long as it says that it
        has dealt with what is new, nobody is woken.
        """
        waiter = _Waiter(asyncio.get_running_loop().create_future(), at_once)
        self._waiting.append(waiter)
        await waiter.bell

    def _ring(self) -> None:
        self._waiting = [waiter for waiter in self._waiting if waiter.goes_on()]


class _Waiter(NamedTuple):
    bell: asyncio.Future[None]
    at_once: Callable[[], bool] | None

    def goes_on(self) -> bool:
        """Whether it waits for more. What goes wrong is for who waits, not for who writes."""
        if self.bell.done():
            return False
        try:
            if self.at_once and self.at_once():
                return True
        except Exception as error:
            self.bell.set_exception(error)
        else:
            self.bell.set_result(None)
        return False


class Reader:
    """Where one reader of an answer stands. The answer knows how many there are."""

    __slots__ = ("_answer", "_offset", "_seen", "_stage")

    def __init__(
        self, answer: LiveAnswer, offset: int = 0, reasoning_offset: int | None = 0
    ) -> None:
        self._answer = answer
        self._offset = offset
        self._seen = answer.reasoning.size if reasoning_offset is None else reasoning_offset
        self._stage: Stage | None = None

    def __enter__(self) -> Reader:
        self._answer.followers += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._answer.followers -= 1

    def news(self) -> Progress | None:
        """What it has not seen yet. However late it comes back for more, that is one piece: slow
        readers get fewer, bigger pieces. Raises `Conflict` for an offset nobody can have."""
        answer, offset, seen = self._answer, self._offset, self._seen
        text, thoughts, stage = answer.text, answer.reasoning, answer.stage
        if offset == text.size and seen == thoughts.size and stage is self._stage:
            return None
        news = text.since(offset)
        reasoning = thoughts.since(seen) if seen != thoughts.size else ""
        self._offset, self._seen, self._stage = text.size, thoughts.size, stage
        return Progress(news, text.size, reasoning, stage)

    def takes_newest(self, limit: int) -> bool:
        """Whether the piece just written, of at most so many bytes, is all it has not seen; then
        it has seen it. So it is for most followers, and they come here for each token."""
        answer, text = self._answer, self._answer.text
        if (
            self._offset != text.last_start
            or self._stage is not answer.stage
            or self._seen != answer.reasoning.size
            or not 0 < text.size - self._offset <= limit
        ):
            return False
        self._offset = text.size
        return True

    def bytes_behind(self) -> int:
        answer = self._answer
        return answer.text.size - self._offset + answer.reasoning.size - self._seen
