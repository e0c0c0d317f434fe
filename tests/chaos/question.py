"""One question of the chaos test: what was asked, and what its client has put together so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from ids import new_id

# Of a hundred questions, so many go wrong in this way.
CUTS, DUPLICATES, STOPS, SLOW = 35, 10, 8, 8


class Violation(AssertionError):
    """The server broke a promise."""


@dataclass
class Question:
    number: int
    tokens: int
    rate: int
    # After how many frames the connection is cut, one number for each cut.
    cuts: list[int] = field(default_factory=list)
    is_asked_twice: bool = False
    is_stopped: bool = False
    is_read_slowly: bool = False
    request_id: str = field(default_factory=lambda: new_id().hex)

    answer_id: str = ""
    session_id: str = ""
    heard: bytearray = field(default_factory=bytearray)
    status: str = ""
    started_over: int = 0

    @property
    def text(self) -> str:
        return f"bench n={self.tokens} rate={self.rate}"

    def hear(self, data: dict[str, Any]) -> None:
        """A chunk belongs exactly behind what was heard before."""
        if self.answer_id and data["id"] != self.answer_id:
            raise Violation(f"{self}: a second answer {data['id']}")
        self.answer_id, self.session_id = data["id"], data["session_id"]
        piece = data["answer"].encode()
        start = data["offset"] - len(piece)
        if start != len(self.heard):
            raise Violation(f"{self}: a piece for {start} after {len(self.heard)} bytes")
        self.heard += piece

    def end(self, frame: dict[str, Any]) -> None:
        if self.status and self.status != frame["status"]:
            raise Violation(f"{self}: ended {self.status}, then {frame['status']}")
        self.status = frame["status"]

    def start_over(self) -> None:
        self.started_over += 1
        self.heard.clear()

    def __str__(self) -> str:
        return f"question {self.number} ({self.text}, answer {self.answer_id or 'unknown'})"


def draw(random: Random, number: int) -> Question:
    def happens(percent: int) -> bool:
        return random.randrange(100) < percent

    return Question(
        number,
        tokens=random.randint(1, 80),
        rate=random.choice((10, 20, 40, 1000)),
        cuts=[random.randint(0, 20) for _ in range(random.randint(1, 3))] if happens(CUTS) else [],
        is_asked_twice=happens(DUPLICATES),
        is_stopped=happens(STOPS),
        is_read_slowly=happens(SLOW),
    )
