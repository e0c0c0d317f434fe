"""Wrong passwords of one account: after a few, each attempt waits longer for the next one.

Names that no user has are counted as well, so that nobody can tell them apart.
"""

from __future__ import annotations

import hashlib

from accounts.errors import LimitReached
from accounts.limits.current_store import current_store
from accounts.limits.kinds import Kind, Meter, Party
from accounts.limits.store import Adjustment

# How many failures cost no wait, in the hour after the first of them.
FREE_FAILURES = 10
MAX_DELAY_S = 300
# More than anyone can reach: this counter only counts.
UNLIMITED = 2**31

_FAILURES = Kind("WRONG_PASSWORDS", "wrong passwords an hour", 3600)


class PasswordAttempt:
    """One attempt at the account `name`, counted as a failure until it turns out to be none.

    `place` is empty for strangers. Attempts from a place that the account is known to use are
    counted by themselves, so that strangers do not lock the owner out.
    """

    def __init__(self, name: str, place: str = "") -> None:
        key = hashlib.sha256(f"{name}\0{place}".encode("utf-8", "replace")).hexdigest()
        self._party = Party("ACCOUNT", f"account:{key}", "account")
        self._failures = Meter(_FAILURES, self._party, UNLIMITED)

    def begin(self) -> None:
        """Raises `LimitReached` while the account waits."""
        (reading,) = current_store().take_sync([self._failures])
        delay_s = _delay_s(reading.used - 1)
        if not delay_s:
            return
        # One attempt in that time: of many at once, one is let through.
        kind = Kind("PASSWORD_DELAY", "attempts", delay_s)
        try:
            current_store().take_sync([Meter(kind, self._party, 1)])
        except LimitReached as limit:
            self.take_back()
            seconds = int(limit.details["retry_after"] or 1)
            raise LimitReached(
                f"Too many wrong passwords for this account: wait {seconds} seconds",
                retry_after=seconds,
            ) from None

    def take_back(self) -> None:
        """It was not made."""
        current_store().adjust_sync([Adjustment(self._failures, -1)])

    def succeed(self) -> None:
        """Forget all failures."""
        kind = Kind("PASSWORD_DELAY", "attempts", MAX_DELAY_S)
        current_store().reset([self._failures, Meter(kind, self._party, 1)])


def _delay_s(failures: int) -> int:
    """For a few failures none, then 1 second, 2, 4, 8, and so on."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(2 ** min(failures - FREE_FAILURES, 16), MAX_DELAY_S))
