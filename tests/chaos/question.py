"""One question of the chaos test: what was asked, and what its client has put together so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from core.ids import new_id

# Of a hundred questions, so many go wrong in this way.
CUTS, DUPLICATES, STOPS, SLOW = 35, 10, 6, 2
# An answer that is stopped would go on for longer than anybody waits; one that is read slowly has
# more text than the buffers on its way hold.
ENDLESS, LONG = 100_000, 30_000


class Violation(AssertionError):
    """The server broke a promise."""


@dataclass
class Question:
    number: int
    tokens: int
    # None: as fast as they are taken.
    rate: int | None
    # After how many frames the connection is cut, one number for each cut.
    cuts: list[int] = field(default_factory=list)
    is_asked_twice: bool = False
    is_stopped: bool = False
    is_read_slowly: bool = False
    # The session it continues.
    asked_in: str = ""
    request_id: str = field(default_factory=lambda: new_id().hex)

    answer_id: str = ""
    session_id: str = ""
    heard: bytearray = field(default_factory=bytearray)
    status: str = ""

    @property
    def text(self) -> str:
        rate = f" rate={self.rate}" if self.rate else ""
        return f"bench n={self.tokens}{rate}"

    def hear(self, data: dict[str, Any]) -> None:
        """A chunk belongs exactly behind what was heard before."""
        self._know(data)
        piece = data["answer"].encode()
        start = data["offset"] - len(piece)
        if start != len(self.heard):
            raise Violation(f"{self}: a piece for {start} after {len(self.heard)} bytes")
        self.heard += piece

    def end(self, completion: dict[str, Any]) -> None:
        if completion.get("request_id") != self.request_id:
            raise Violation(f"{self}: somebody else's end {completion}")
        self._know(completion)
        self.status = completion["status"]

    def _know(self, ids: dict[str, Any]) -> None:
        if self.answer_id and ids["id"] != self.answer_id:
            raise Violation(f"{self}: a second answer {ids['id']}")
        self.answer_id, self.session_id = ids["id"], ids["session_id"]

    def start_over(self) -> None:
        self.heard.clear()

    def __str__(self) -> str:
        return f"question {self.number} ({self.text}, answer {self.answer_id or 'unknown'})"


def draw(random: Random, number: int) -> Question:
    def happens(percent: int) -> bool:
        return random.randrange(100) < percent

    question = Question(
        number,
        tokens=random.randint(1, 80),
        rate=random.choice((10, 20, 40, 1000)),
        cuts=[random.randint(0, 20) for _ in range(random.randint(1, 3))] if happens(CUTS) else [],
        is_asked_twice=happens(DUPLICATES),
    )
    if happens(STOPS):
        question.is_stopped, question.tokens, question.rate = True, ENDLESS, 20
    elif happens(SLOW):
        question.is_read_slowly, question.tokens, question.rate = True, LONG, None
    return question
