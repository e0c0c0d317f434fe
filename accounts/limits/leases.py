"""Leases: what a socket or an answer holds of its limits until it releases it or its process ends.

A store drops a lease after `LEASE_S`, so this process renews all that it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from accounts.limits.kinds import Kind, Meter
from accounts.limits.store import RENEW_EVERY_S, Adjustment, LeaseRecord, Store
from core.ids import new_id
from core.tasks import PeriodicTask, per_event_loop

# Part of each lease's id, so that no two processes use the same one.
PROCESS = new_id().hex
_numbers = count()


class Lease:
    """Released once; releasing it again does nothing."""

    __slots__ = ("_record", "_store", "_taken")

    def __init__(self, store: Store, taken: Sequence[Meter], record: LeaseRecord | None) -> None:
        self._store = store
        self._taken = taken
        self._record = record

    async def release(self, used: Mapping[Kind, int] | None = None) -> None:
        """`used`: amounts to count that are known only now, such as the model's tokens."""
        if self._record is None:
            return
        record, self._record = self._record, None
        lease_renewer().remove(record)
        used = used or {}
        adjustments = [Adjustment(meter, used.get(meter.kind, 0)) for meter in record.meters]
        await self._store.adjust(adjustments, record.id)

    async def refund(self) -> None:
        """Release it, and take back what was counted when it was taken."""
        await self.release()
        taken, self._taken = self._taken, ()
        counted = [meter for meter in taken if not (meter.kind.leased or meter.check_only)]
        if counted:
            await self._store.adjust([Adjustment(meter, -meter.amount) for meter in counted])


async def take_lease(store: Store, meters: Sequence[Meter]) -> Lease:
    """Count `meters`, and hold those that are leased. Raises `LimitReached`."""
    leased = [meter for meter in meters if meter.kind.leased]
    record = LeaseRecord(f"{PROCESS}:{next(_numbers)}", leased) if leased else None
    if meters:
        await store.take(meters, record.id if record else "")
    if record:
        lease_renewer().add(store, record)
    return Lease(store, meters, record)


class LeaseRenewer:
    """Renews all leases of this process, again and again."""

    def __init__(self) -> None:
        self._records: dict[str, tuple[Store, LeaseRecord]] = {}
        self._renewal = PeriodicTask(
            self.renew,
            lambda: RENEW_EVERY_S,
            lambda: bool(self._records),
            "Leases could not be renewed",
        )

    def add(self, store: Store, record: LeaseRecord) -> None:
        self._records[record.id] = store, record
        self._renewal.ensure_running()

    def remove(self, record: LeaseRecord) -> None:
        self._records.pop(record.id, None)

    async def renew(self) -> None:
        by_store: dict[Store, list[LeaseRecord]] = {}
        for store, record in self._records.values():
            by_store.setdefault(store, []).append(record)
        for store, records in by_store.items():
            await store.renew(records)


lease_renewer = per_event_loop(LeaseRenewer)
