"""A clock that the test advances."""

from __future__ import annotations

import pytest

from accounts.limits.memory_store import MemoryStore

# A Tuesday, 22:00 in UTC.
TUESDAY_EVENING = 1_790_114_400.0
TO_MIDNIGHT_S = 2 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = TUESDAY_EVENING

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def use_clock_for_limits(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """Limits use the test's clock from now on."""
    store = MemoryStore(clock)
    for module in ("check", "password_attempts", "usage"):
        monkeypatch.setattr(f"accounts.limits.{module}.current_store", lambda: store)
    return store
