"""Counters in the memory of one process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from accounts.limits.kinds import Meter
from accounts.limits.store import LEASE_S, Change, Clock, Lease, Reading, refusal

SWEEP_S = 60


@dataclass(slots=True)
class _Count:
    used: int = 0
    ends_at: int = 0
    # Until when each lease holds, the one that ends first in front.
    leases: OrderedDict[str, int] = field(default_factory=OrderedDict)
    caught_up_at: int = 0

    def catch_up(self, now: int) -> None:
        """What is over counts no more. Nothing that begins now ends within the same second."""
        if now == self.caught_up_at:
            return
        self.caught_up_at = now
        if self.ends_at <= now:
            self.used = self.ends_at = 0
        while self.leases and next(iter(self.leases.values())) <= now:
            self.leases.popitem(last=False)

    def hold(self, lease: str, until: int) -> None:
        self.leases[lease] = until
        self.leases.move_to_end(lease)

    def use(self, amount: int, meter: Meter, now: int) -> None:
        self.ends_at = self.ends_at or meter.kind.ends_at(now)
        self.used = max(0, self.used + amount)

    def reading(self, meter: Meter, now: int) -> Reading:
        ends_at = self.ends_at or meter.kind.ends_at(now)
        return Reading(meter, self.used, len(self.leases) * meter.amount, ends_at)


class MemoryStore:
    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._counts: dict[str, _Count] = {}
        self._sweep_at = 0
        # REST comes in by threads, sockets by the event loop; neither holds it for long.
        self._lock = threading.Lock()

    async def take(self, meters: Sequence[Meter], lease: str = "") -> None:
        with self._lock:
            self._take(meters, lease, self._now())

    def take_now(self, meters: Sequence[Meter], lease: str = "") -> list[Reading]:
        with self._lock:
            now = self._now()
            counts = self._take(meters, lease, now)
            return [count.reading(m, now) for m, count in zip(meters, counts, strict=True)]

    def _take(self, meters: Sequence[Meter], lease: str, now: int) -> list[_Count]:
        counts = []
        for meter in meters:
            count = self._count(meter, now)
            if count.used + (len(count.leases) + 1) * meter.amount > meter.limit:
                raise refusal(count.reading(meter, now), now)
            counts.append(count)
        for meter, count in zip(meters, counts, strict=True):
            if meter.only_look:
                continue
            if meter.kind.leased:
                count.hold(lease, now + LEASE_S)
            else:
                count.use(meter.amount, meter, now)
        return counts

    async def change(self, changes: Sequence[Change], lease: str = "") -> None:
        self.change_now(changes, lease)

    def change_now(self, changes: Sequence[Change], lease: str = "") -> None:
        with self._lock:
            now = self._now()
            for meter, used in changes:
                count = self._count(meter, now)
                count.leases.pop(lease, None)
                if used:
                    count.use(used, meter, now)

    async def extend(self, leases: Collection[Lease]) -> None:
        with self._lock:
            now = self._now()
            for lease in leases:
                for meter in lease.meters:
                    self._count(meter, now).hold(lease.id, now + LEASE_S)

    def look(self, meters: Sequence[Meter]) -> list[Reading]:
        with self._lock:
            now = self._now()
            return [self._count(meter, now).reading(meter, now) for meter in meters]

    def reset(self, meters: Sequence[Meter]) -> None:
        with self._lock:
            now = self._now()
            for meter in meters:
                self._count(meter, now).used = 0

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()

    def _now(self) -> int:
        now = int(self._clock())
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_S
            self._sweep(now)
        return now

    def _sweep(self, now: int) -> None:
        """Those who were here once are not remembered for ever."""
        for key, count in list(self._counts.items()):
            count.catch_up(now)
            if not count.used and not count.leases:
                del self._counts[key]

    def _count(self, meter: Meter, now: int) -> _Count:
        count = self._counts.get(meter.key)
        if count is None:
            count = self._counts[meter.key] = _Count()
        count.catch_up(now)
        return count
