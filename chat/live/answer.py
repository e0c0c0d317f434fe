"""An answer being written: a text that only grows, and the readers that wait for more. No I/O."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Sequence
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
    # Questions to ask next.
    suggestions: Sequence[str] = ()


class Progress(NamedTuple):
    """What a reader has not seen yet, and the offset it has reached afterwards."""

    text: str
    offset: int
    reasoning: str
    stage: Stage | None

    def without_text(self) -> Progress:
        """The same step for a reader that wants the text in one piece at the end."""
        return self._replace(text="", reasoning="")


class GrowingText:
    """A text that is only appended to. Offsets are lengths in UTF-8 bytes."""

    __slots__ = ("_ends", "_pieces", "last_start", "size")

    def __init__(self, text: str = "") -> None:
        self._pieces: list[str] = []
        self._ends: list[int] = []
        self.size = 0
        # Where the last piece begins: most readers are one piece behind.
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
    def last_piece(self) -> str:
        return self._pieces[-1]

    def since(self, offset: int) -> str:
        """Raises `Conflict` if `offset` is beyond the text, or inside a character."""
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
        return _without_start("".join(self._pieces[index:]), offset - start)


def _without_start(text: str, size: int) -> str:
    try:
        return text.encode()[size:].decode()
    except UnicodeDecodeError:
        raise Conflict("`offset` points into the middle of a character") from None


class LiveAnswer:
    """One writer appends to it; any number of readers read it, each from an offset of its own.

    An answer that ended long ago is read the same way: its whole text is one piece.
    """

    __slots__ = (
        "__weakref__",
        "_waiters",
        "edit",
        "id",
        "outcome",
        "question",
        "question_id",
        "readers",
        "reasoning",
        "request_id",
        "session_id",
        "stage",
        "text",
    )

    def __init__(
        self,
        id: str,
        session_id: str,
        request_id: str = "",
        question: str = "",
        question_id: str = "",
        edit: str = "",
    ) -> None:
        """`edit`: the id of the question's first version, if this one is another."""
        self.id = id
        self.session_id = session_id
        self.question = question
        self.question_id = question_id
        self.edit = edit
        self.request_id = request_id
        self.text = GrowingText()
        self.reasoning = GrowingText()
        self.stage: Stage | None = None
        self.outcome: Outcome | None = None
        self.readers = 0
        self._waiters: list[_Waiter] = []

    def write(self, piece: str) -> None:
        self.stage = Stage.ANSWERING
        self.text.append(piece)
        self.wake()

    def write_reasoning(self, piece: str) -> None:
        self.stage = Stage.THINKING
        self.reasoning.append(piece)
        self.wake()

    def enter(self, stage: Stage) -> None:
        self.stage = stage
        self.wake()

    def end(self, outcome: Outcome) -> None:
        """Nothing is written afterwards. The first ending counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.wake()

    def replace_text(self, text: str, reasoning: str) -> None:
        """By what the record has of an answer that another process has ended. Readers that were
        shown more are refused, and start over."""
        self.text, self.reasoning = GrowingText(text), GrowingText(reasoning)

    async def read(
        self, offset: int = 0, reasoning_offset: int | None = 0
    ) -> AsyncGenerator[Progress, None]:
        """All there is from `offset` on, until the end, when `outcome` is set.

        Raises `Conflict` for an offset that was never reached.
        """
        with Reader(self, offset, reasoning_offset) as reader:
            while True:
                if progress := reader.take_new():
                    yield progress
                elif self.outcome:
                    return
                else:
                    await self.changed()

    async def changed(self, handle_inline: Callable[[], bool] | None = None) -> None:
        """Returns when there is something new.

        `handle_inline` is called first, within the writing of each piece. As long as it returns
        True, it has dealt with what is new, and the waiting task is not woken.
        """
        waiter = _Waiter(asyncio.get_running_loop().create_future(), handle_inline)
        self._waiters.append(waiter)
        await waiter.woken

    def wake(self) -> None:
        """Wakes all that wait, to look for what is new, or whether they have to end."""
        self._waiters = [waiter for waiter in self._waiters if waiter.still_waits()]


class _Waiter(NamedTuple):
    woken: asyncio.Future[None]
    handle_inline: Callable[[], bool] | None

    def still_waits(self) -> bool:
        """Whether it waits for more. An error of `handle_inline` goes to the task that waits, not
        to the writer."""
        if self.woken.done():
            return False
        try:
            if self.handle_inline and self.handle_inline():
                return True
        except Exception as error:
            self.woken.set_exception(error)
        else:
            self.woken.set_result(None)
        return False


class Reader:
    """The offset of one reader of an answer. The answer counts its readers."""

    __slots__ = ("_answer", "_offset", "_reasoning_offset", "_stage")

    def __init__(
        self, answer: LiveAnswer, offset: int = 0, reasoning_offset: int | None = 0
    ) -> None:
        """`reasoning_offset` None: reasoning written so far is not repeated."""
        self._answer = answer
        self._offset = offset
        self._reasoning_offset = (
            answer.reasoning.size if reasoning_offset is None else reasoning_offset
        )
        self._stage: Stage | None = None

    def __enter__(self) -> Reader:
        self._answer.readers += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._answer.readers -= 1

    def take_new(self) -> Progress | None:
        """What it has not seen yet, in one piece: slow readers get fewer, bigger pieces.

        Raises `Conflict` for an offset that was never reached.
        """
        answer, offset, reasoning_offset = self._answer, self._offset, self._reasoning_offset
        text, thoughts, stage = answer.text, answer.reasoning, answer.stage
        if offset == text.size and reasoning_offset == thoughts.size and stage is self._stage:
            return None
        new_text = text.since(offset)
        reasoning = thoughts.since(reasoning_offset) if reasoning_offset != thoughts.size else ""
        self._offset, self._reasoning_offset, self._stage = text.size, thoughts.size, stage
        return Progress(new_text, text.size, reasoning, stage)

    def take_newest(self, limit_bytes: int) -> bool:
        """True if all it has not seen is the piece written last, of at most `limit_bytes`; then
        it counts as seen. This is the usual case, checked for each reader and each token."""
        answer, text = self._answer, self._answer.text
        if (
            self._offset != text.last_start
            or self._stage is not answer.stage
            or self._reasoning_offset != answer.reasoning.size
            or not 0 < text.size - self._offset <= limit_bytes
        ):
            return False
        self._offset = text.size
        return True

    def bytes_behind(self) -> int:
        text, reasoning = self._answer.text, self._answer.reasoning
        return text.size - self._offset + reasoning.size - self._reasoning_offset
