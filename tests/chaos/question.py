"""One question of the chaos test, and the answer as far as its client has received it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from core.ids import new_id

# Percentages: how many of the questions get each kind of trouble.
CUTS, DUPLICATES, STOPS, SLOW = 35, 10, 6, 2
# An answer to be stopped is longer than any client waits for; one that is read slowly has more
# text than the buffers on the way hold.
ENDLESS_TOKENS, LONG_TOKENS = 100_000, 30_000


class Violation(AssertionError):
    """The server broke a promise."""


@dataclass
class Question:
    number: int
    tokens: int
    # Tokens per second; None: as fast as the reader takes them.
    rate: int | None
    # After how many frames to cut the connection, one number for each cut.
    cuts: list[int] = field(default_factory=list)
    is_asked_twice: bool = False
    is_stopped: bool = False
    is_read_slowly: bool = False
    # The session it continues.
    asked_in: str = ""
    request_id: str = field(default_factory=lambda: new_id().hex)

    # How often a process and Redis were lost before it was asked.
    lost_before: int | None = None

    answer_id: str = ""
    session_id: str = ""
    received: bytearray = field(default_factory=bytearray)
    status: str = ""

    @property
    def text(self) -> str:
        rate = f" rate={self.rate}" if self.rate else ""
        return f"bench n={self.tokens}{rate}"

    def append(self, data: dict[str, Any]) -> None:
        """Raises Violation unless the chunk continues exactly where the last one ended."""
        self._check_ids(data)
        piece = data["answer"].encode()
        start = data["offset"] - len(piece)
        if start != len(self.received):
            raise Violation(f"{self}: a chunk for {start} after {len(self.received)} bytes")
        self.received += piece

    def end(self, completion: dict[str, Any]) -> None:
        if completion.get("request_id") != self.request_id:
            raise Violation(f"{self}: completion of another request {completion}")
        self._check_ids(completion)
        self.status = completion["status"]

    def _check_ids(self, ids: dict[str, Any]) -> None:
        if self.answer_id and ids["id"] != self.answer_id:
            raise Violation(f"{self}: a second answer {ids['id']}")
        self.answer_id, self.session_id = ids["id"], ids["session_id"]

    def start_over(self) -> None:
        self.received.clear()

    def __str__(self) -> str:
        return f"question {self.number} ({self.text}, answer {self.answer_id or 'unknown'})"


def random_question(random: Random, number: int) -> Question:
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
        question.is_stopped, question.tokens, question.rate = True, ENDLESS_TOKENS, 20
    elif happens(SLOW):
        question.is_read_slowly, question.tokens, question.rate = True, LONG_TOKENS, None
    return question
