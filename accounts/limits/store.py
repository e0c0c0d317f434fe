"""What keeps the counters: this process, or Redis for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from accounts.errors import LimitReached
from accounts.limits.kinds import Meter

# Seconds. Who holds something says so again and again: what a lost process held comes free.
REFRESH_S = 30
LEASE_S = 90
# When it is worth asking again for what others hold now.
HELD_RETRY_S = 5

Clock = Callable[[], float]


class Reading(NamedTuple):
    """Of a counter, with what was just taken: used in this period, held now, and its end."""

    meter: Meter
    used: int
    held: int
    ends_at: int

    @property
    def left(self) -> int:
        return max(0, self.meter.limit - self.used - self.held)


class Lease(NamedTuple):
    """Something that is held, and the counters it counts in."""

    id: str
    meters: Sequence[Meter]


class Change(NamedTuple):
    """What a counter is to be corrected by. What the lease holds of it comes free."""

    meter: Meter
    used: int = 0


class Store(Protocol):
    """`…_now` is for threads: it blocks."""

    async def take(self, meters: Sequence[Meter], lease: str = "") -> None:
        """All of it, or nothing. Raises `LimitReached`."""

    def take_now(self, meters: Sequence[Meter], lease: str = "") -> list[Reading]:
        """The same, and what the counters show then."""

    async def change(self, changes: Sequence[Change], lease: str = "") -> None: ...

    def change_now(self, changes: Sequence[Change], lease: str = "") -> None: ...

    async def extend(self, leases: Collection[Lease]) -> None:
        """They are still held, even if nobody remembers them."""

    def look(self, meters: Sequence[Meter]) -> list[Reading]:
        """For threads."""

    def reset(self, meters: Sequence[Meter]) -> None:
        """What was used is forgotten; what is held stays. For threads."""


def refusal(full: Reading, now: int) -> LimitReached:
    """The wait is for the period, if what was used in it is in the way."""
    waits = full.used + full.meter.amount > full.meter.limit
    seconds = max(1, full.ends_at - now) if waits else HELD_RETRY_S
    return LimitReached(f"At most {full.meter.wording}", retry_after=seconds)
