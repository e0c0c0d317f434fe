"""What is limited, and for whom. Each pair has a setting of its own, and 0 there is no limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from django.conf import settings

MINUTE_S = 60
DAY_S = 24 * 3600

# The first word of the settings' names. A login or a cookie counts as a token: its user's.
Role = Literal["ADDRESS", "TOKEN", "END_USER"]


class Party(NamedTuple):
    """Somebody who is counted: an address, a token or a user, an end user."""

    role: Role
    key: str
    # How a refusal calls them.
    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    # The rest of the settings' names, and what a refusal calls it.
    setting: str
    name: str
    # What is used counts for so long; 0: only what is held counts.
    period_s: int = 0
    # It is held until it is given back, or nobody says any more that it is.
    leased: bool = False

    def limit_for(self, party: Party) -> int:
        limit: int = getattr(settings, f"{party.role}_{self.setting}", 0)
        return limit

    def taken_at_once(self) -> int:
        return int(settings.MODEL_TOKENS_SET_ASIDE) if self.period_s == DAY_S else 1

    def ends_at(self, now: int) -> int:
        """Of a period that begins now. Days are those of UTC, for everybody."""
        return now - now % DAY_S + DAY_S if self.period_s == DAY_S else now + self.period_s


HANDSHAKES = Kind("HANDSHAKES_PER_MINUTE", "handshakes and requests a minute", MINUTE_S)
FAILURES = Kind("FAILURES_PER_MINUTE", "failed authentications a minute", MINUTE_S)
SOCKETS = Kind("SOCKETS", "open connections", leased=True)
QUESTIONS = Kind("QUESTIONS_PER_MINUTE", "questions a minute", MINUTE_S)
ANSWERS = Kind("ANSWERS_AT_ONCE", "answers at once", leased=True)
MODEL_TOKENS = Kind("MODEL_TOKENS_PER_DAY", "tokens of the model a day", DAY_S, leased=True)

KINDS = (HANDSHAKES, FAILURES, SOCKETS, QUESTIONS, ANSWERS, MODEL_TOKENS)


@dataclass(frozen=True)
class Meter:
    """One counter: of one kind, for one party."""

    kind: Kind
    party: Party
    limit: int
    # How much of it is taken at once.
    amount: int = 1
    # Whether there is room is all that is asked; nothing is taken.
    only_look: bool = False

    @cached_property
    def key(self) -> str:
        return f"{self.kind.setting}:{self.party.key}"

    @property
    def wording(self) -> str:
        return f"{self.limit} {self.kind.name} for this {self.party.name}"


def meters(kind: Kind, parties: Iterable[Party], only_look: bool = False) -> list[Meter]:
    """Those that have a limit. One lower than what is taken at once lets in one at a time."""
    return [
        Meter(kind, party, limit, min(kind.taken_at_once(), limit), only_look)
        for party in parties
        if (limit := kind.limit_for(party)) > 0
    ]
