"""How many rows of the audit log refusals may fill: strangers could make any number of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from accounts.audit.actor import Actor
from accounts.audit.events import Event
from core.client_address import network_of

PERIOD_S = 60
# In each period: of one address or user, and of all of them together.
ROWS_OF_ONE = 30
ROWS_OF_ALL = 600

OF_ONE = "further ones in the same minute"
OF_ALL = "further ones in the same minute, of many addresses"


class RefusalBudget:
    """Of one process. What goes beyond is counted in one row for each minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends_at = 0.0
        self._rows: Counter[str] = Counter()

    def summarize(self, event: Event) -> Event | None:
        """The event that counts this one with others; None if it may have a row of its own."""
        if self._clock() >= self._ends_at:
            self._ends_at = self._clock() + PERIOD_S
            self._rows.clear()
        actor = event.actor
        if self._rows.total() >= ROWS_OF_ALL:
            return Event(event.action, Actor(), detail=OF_ALL)
        network = network_of(actor.address) if actor.address else ""
        party = actor.user_id.hex if actor.user_id else network
        if self._rows[party] >= ROWS_OF_ONE:
            known = Actor(actor.user_id, actor.username, address=network)
            return Event(event.action, known, detail=OF_ONE)
        self._rows[party] += 1
        return None
