"""What a party has used of its limits, and resetting it, for operators."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.limits.current_store import current_store
from accounts.limits.kinds import KINDS, Meter, Party, meters
from accounts.limits.store import Reading


def usage_of(party: Party) -> Sequence[Reading]:
    """Of each kind that has a limit for this party."""
    return current_store().read(_all_meters(party))


def reset_usage(party: Party) -> None:
    """Forget what was used today and this minute. Leases stay."""
    current_store().reset(_all_meters(party))


def _all_meters(party: Party) -> list[Meter]:
    return [meter for kind in KINDS for meter in meters(kind, [party])]
