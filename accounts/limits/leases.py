"""What is held for a while: a socket's or an answer's place. It is held again until it is left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import count
from weakref import WeakKeyDictionary

from accounts.limits.kinds import Kind, Meter
from accounts.limits.store import REFRESH_S, Change, Lease, Store
from core.ids import new_id

logger = logging.getLogger(__name__)

# What this process holds is told apart from what others hold.
PROCESS = new_id().hex
_numbers = count()


class Place:
    """Left once; whoever leaves it again does no harm."""

    __slots__ = ("_lease", "_store", "_taken")

    def __init__(self, store: Store, taken: Sequence[Meter], lease: Lease | None) -> None:
        self._store = store
        self._taken = taken
        self._lease = lease

    async def leave(self, used: Mapping[Kind, int] | None = None) -> None:
        """`used`: what is to be counted that could only be known now."""
        if self._lease is None:
            return
        lease, self._lease = self._lease, None
        lease_renewer().let_go(lease)
        used = used or {}
        await self._store.change([Change(m, used.get(m.kind, 0)) for m in lease.meters], lease.id)

    async def give_back(self) -> None:
        """As if it had never been taken."""
        await self.leave()
        taken, self._taken = self._taken, ()
        counted = [meter for meter in taken if not (meter.kind.leased or meter.only_look)]
        used = [Change(meter, -meter.amount) for meter in counted]
        if used:
            await self._store.change(used)


async def take_lease(store: Store, taken: Sequence[Meter]) -> Place:
    """Raises `LimitReached`."""
    held = [meter for meter in taken if meter.kind.leased]
    lease = Lease(f"{PROCESS}:{next(_numbers)}", held) if held else None
    if taken:
        await store.take(taken, lease.id if lease else "")
    if lease:
        lease_renewer().hold(store, lease)
    return Place(store, taken, lease)


class LeaseRenewer:
    """Says of all that is held by this process, again and again, that it is."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Store, Lease]] = {}
        self._rounds: asyncio.Task[None] | None = None

    def hold(self, store: Store, lease: Lease) -> None:
        self._held[lease.id] = store, lease
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._make_rounds())

    def let_go(self, lease: Lease) -> None:
        self._held.pop(lease.id, None)

    async def extend(self) -> None:
        by_store: dict[Store, list[Lease]] = {}
        for store, lease in self._held.values():
            by_store.setdefault(store, []).append(lease)
        for store, leases in by_store.items():
            await store.extend(leases)

    async def _make_rounds(self) -> None:
        try:
            while self._held:
                await asyncio.sleep(REFRESH_S)
                await self._extend_whatever_happens()
        finally:
            self._rounds = None

    async def _extend_whatever_happens(self) -> None:
        try:
            await self.extend()
        except Exception:
            logger.exception("What is held could not be held again")


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, LeaseRenewer] = WeakKeyDictionary()


def lease_renewer() -> LeaseRenewer:
    """Of this event loop."""
    loop = asyncio.get_running_loop()
    found = _keepers.get(loop)
    if found is None:
        found = _keepers[loop] = LeaseRenewer()
    return found
