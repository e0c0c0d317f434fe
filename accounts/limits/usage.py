"""What somebody has used, for whoever runs the site."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.limits.current_store import current_store
from accounts.limits.kinds import KINDS, Meter, Party, meters
from accounts.limits.store import Reading


def usage_of(party: Party) -> Sequence[Reading]:
    """Of everything that has a limit for them."""
    return current_store().look(_all(party))


def reset_usage(party: Party) -> None:
    """What they used today, and this minute. What they hold they go on holding."""
    current_store().reset(_all(party))


def _all(party: Party) -> list[Meter]:
    return [meter for kind in KINDS for meter in meters(kind, [party])]
