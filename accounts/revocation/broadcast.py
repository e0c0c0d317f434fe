"""What people came in by has changed: every process hears of it, and forgets what it knew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from uuid import UUID
from weakref import WeakSet

from asgiref.sync import async_to_sync
from django.db import transaction

from accounts.revocation.events import Change, from_message, to_message
from accounts.revocation.identity_cache import memory
from core.broadcast import IDENTITIES, BroadcastMessage, broadcaster, publish


def publish_credential_change(
    users: Iterable[UUID] = (),
    tokens: Iterable[UUID] = (),
    logins: Iterable[UUID] = (),
    people: Iterable[UUID] = (),
) -> None:
    """Once it is committed: who looked earlier would find what was there before."""
    change = Change(frozenset(users), frozenset(tokens), frozenset(logins), frozenset(people))
    if change:
        transaction.on_commit(partial(_tell, change))


def _tell(change: Change) -> None:
    # Here at once, even while the layer is away.
    memory.forget(change)
    async_to_sync(publish)(IDENTITIES, **to_message(change))


_hearing: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def listen_for_credential_changes() -> None:
    """From now on, in this process."""
    loop = asyncio.get_running_loop()
    if loop not in _hearing:
        _hearing.add(loop)
        broadcaster().subscribe(IDENTITIES, _hear)


def _hear(change: BroadcastMessage) -> None:
    memory.forget(from_message(change))
