"""The interface of the stores that keep the counters of limits, and the values they exchange."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from accounts.errors import LimitReached
from accounts.limits.kinds import Meter

# Seconds. Leases are renewed that often and last that long: those of a lost process expire.
RENEW_EVERY_S = 30
LEASE_S = 90
# Seconds after which to try again when a limit is reached by leases of others.
HELD_RETRY_S = 5

Clock = Callable[[], float]


class Reading(NamedTuple):
    """What a counter shows: used in this period, held by leases now, and the end of the period."""

    meter: Meter
    used: int
    held: int
    ends_at: int

    @property
    def left(self) -> int:
        return max(0, self.meter.limit - self.used - self.held)


class LeaseRecord(NamedTuple):
    """A lease as the stores know it: its id, and the counters it counts in."""

    id: str
    meters: Sequence[Meter]


class Adjustment(NamedTuple):
    """What to add to a counter once its real use is known."""

    meter: Meter
    used: int = 0


class Store(Protocol):
    """`…_sync`, `read` and `reset` block: they are for threads."""

    async def take(self, meters: Sequence[Meter], lease_id: str = "") -> None:
        """Count all of it or nothing. Raises `LimitReached`."""

    def take_sync(self, meters: Sequence[Meter], lease_id: str = "") -> list[Reading]:
        """The same, and what the counters show afterwards."""

    async def adjust(self, adjustments: Sequence[Adjustment], lease_id: str = "") -> None:
        """Correct the counters, and drop the lease from them."""

    def adjust_sync(self, adjustments: Sequence[Adjustment], lease_id: str = "") -> None: ...

    async def renew(self, leases: Collection[LeaseRecord]) -> None:
        """Hold them for another `LEASE_S`, also those that the store has dropped."""

    def read(self, meters: Sequence[Meter]) -> list[Reading]: ...

    def reset(self, meters: Sequence[Meter]) -> None:
        """Forget what was used; leases stay."""


def limit_reached(full: Reading, now: int) -> LimitReached:
    """Asks to wait for the end of the period, if waiting for leases would not be enough."""
    is_used_up = full.used + full.meter.amount > full.meter.limit
    seconds = max(1, full.ends_at - now) if is_used_up else HELD_RETRY_S
    return LimitReached(f"At most {full.meter.wording}", retry_after=seconds)
