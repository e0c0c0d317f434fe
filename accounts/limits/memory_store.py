"""The store of limits in the memory of one process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from accounts.limits.kinds import Meter
from accounts.limits.store import LEASE_S, Adjustment, Clock, LeaseRecord, Reading, limit_reached

SWEEP_S = 60


@dataclass(slots=True)
class _Count:
    used: int = 0
    ends_at: int = 0
    # When each lease expires, the one that expires first in front.
    leases: OrderedDict[str, int] = field(default_factory=OrderedDict)
    expired_at: int = 0

    def expire(self, now: int) -> None:
        """Drop what has expired. Nothing that begins now expires within the same second."""
        if now == self.expired_at:
            return
        self.expired_at = now
        if self.ends_at <= now:
            self.used = self.ends_at = 0
        while self.leases and next(iter(self.leases.values())) <= now:
            self.leases.popitem(last=False)

    def hold(self, lease_id: str, until: int) -> None:
        self.leases[lease_id] = until
        self.leases.move_to_end(lease_id)

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
        # REST requests use threads, sockets the event loop; neither holds it for long.
        self._lock = threading.Lock()

    async def take(self, meters: Sequence[Meter], lease_id: str = "") -> None:
        with self._lock:
            self._take(meters, lease_id, self._now())

    def take_sync(self, meters: Sequence[Meter], lease_id: str = "") -> list[Reading]:
        with self._lock:
            now = self._now()
            counts = self._take(meters, lease_id, now)
            return [count.reading(m, now) for m, count in zip(meters, counts, strict=True)]

    def _take(self, meters: Sequence[Meter], lease_id: str, now: int) -> list[_Count]:
        counts = []
        for meter in meters:
            count = self._count(meter, now)
            if count.used + (len(count.leases) + 1) * meter.amount > meter.limit:
                raise limit_reached(count.reading(meter, now), now)
            counts.append(count)
        for meter, count in zip(meters, counts, strict=True):
            if meter.check_only:
                continue
            if meter.kind.leased:
                count.hold(lease_id, now + LEASE_S)
            else:
                count.use(meter.amount, meter, now)
        return counts

    async def adjust(self, adjustments: Sequence[Adjustment], lease_id: str = "") -> None:
        self.adjust_sync(adjustments, lease_id)

    def adjust_sync(self, adjustments: Sequence[Adjustment], lease_id: str = "") -> None:
        with self._lock:
            now = self._now()
            for meter, used in adjustments:
                count = self._count(meter, now)
                count.leases.pop(lease_id, None)
                if used:
                    count.use(used, meter, now)

    async def renew(self, leases: Collection[LeaseRecord]) -> None:
        with self._lock:
            now = self._now()
            for lease in leases:
                for meter in lease.meters:
                    self._count(meter, now).hold(lease.id, now + LEASE_S)

    def read(self, meters: Sequence[Meter]) -> list[Reading]:
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
        """Forget parties of which nothing is counted any more."""
        for key, count in list(self._counts.items()):
            count.expire(now)
            if not count.used and not count.leases:
                del self._counts[key]

    def _count(self, meter: Meter, now: int) -> _Count:
        count = self._counts.get(meter.key)
        if count is None:
            count = self._counts[meter.key] = _Count()
        count.expire(now)
        return count
