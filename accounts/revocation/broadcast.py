"""Tells every process that credentials have changed, so that they leave its identity cache."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction

from accounts.revocation.events import CredentialChange, from_message, to_message
from accounts.revocation.identity_cache import identity_cache
from core.broadcast import IDENTITIES, Broadcaster, BroadcastMessage, broadcaster, publish
from core.tasks import per_event_loop


def publish_credential_change(
    users: Iterable[UUID] = (),
    tokens: Iterable[UUID] = (),
    logins: Iterable[UUID] = (),
    people: Iterable[UUID] = (),
) -> None:
    """Published on commit: before it, other processes would read and cache the old rows."""
    change = CredentialChange(
        frozenset(users), frozenset(tokens), frozenset(logins), frozenset(people)
    )
    if change:
        transaction.on_commit(partial(_publish, change))


def _publish(change: CredentialChange) -> None:
    # In this process at once, even while the channel layer is away.
    identity_cache.invalidate(change)
    async_to_sync(publish)(IDENTITIES, **to_message(change))


def listen_for_credential_changes() -> None:
    """Subscribe this process. Further calls do nothing."""
    _subscribed_broadcaster()


@per_event_loop
def _subscribed_broadcaster() -> Broadcaster:
    found = broadcaster()
    found.subscribe(IDENTITIES, _invalidate)
    return found


def _invalidate(message: BroadcastMessage) -> None:
    identity_cache.invalidate(from_message(message))
