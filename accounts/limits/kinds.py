"""The kinds of limits and the parties they count. Each pair has a setting; 0 means no limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from django.conf import settings

MINUTE_S = 60
DAY_S = 24 * 3600

# The first word of the settings' names; `ACCOUNT` has none. Logins and cookies count together as a
# token of the user.
Role = Literal["ADDRESS", "TOKEN", "USER", "END_USER", "ACCOUNT"]


class Party(NamedTuple):
    """What is counted as one: an address, a token, a user or an end user."""

    role: Role
    key: str
    # Its name in refusals.
    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    # The rest of the settings' names, and the name in refusals.
    setting: str
    name: str
    # How long use counts; 0: only leases count.
    period_s: int = 0
    # Held by a lease, until that is released or expires.
    leased: bool = False

    def limit_for(self, party: Party) -> int:
        limit: int = getattr(settings, f"{party.role}_{self.setting}", 0)
        return limit

    def taken_at_once(self) -> int:
        return int(settings.MODEL_TOKENS_SET_ASIDE) if self.period_s == DAY_S else 1

    def ends_at(self, now: int) -> int:
        """The end of a period that begins now. Days are those of UTC."""
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
    """One counter: a kind of limit, for one party."""

    kind: Kind
    party: Party
    limit: int
    # How much of it is taken at once.
    amount: int = 1
    # Refuse if the limit is reached, and count nothing.
    check_only: bool = False

    @cached_property
    def key(self) -> str:
        return f"{self.kind.setting}:{self.party.key}"

    @property
    def wording(self) -> str:
        return f"{self.limit} {self.kind.name} for this {self.party.name}"


def meters(kind: Kind, parties: Iterable[Party], check_only: bool = False) -> list[Meter]:
    """Of the parties with a limit. A limit below the usual amount allows one at a time."""
    return [
        Meter(kind, party, limit, min(kind.taken_at_once(), limit), check_only)
        for party in parties
        if (limit := kind.limit_for(party)) > 0
    ]
