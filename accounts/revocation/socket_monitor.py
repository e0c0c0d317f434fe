"""Closes open sockets whose credential has ended: checked on each change, and periodically."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.identity import Identity
from accounts.revocation.credential_validity import CredentialEnd, find_credential_ends
from accounts.revocation.events import from_message
from core.broadcast import IDENTITIES, BroadcastMessage, broadcaster
from core.db_thread import database_sync_to_async
from core.tasks import PeriodicTask, TaskSet, per_event_loop

logger = logging.getLogger(__name__)

# Closes a socket after so many seconds, with a reason.
CloseIn = Callable[[float, str], None]

# Seconds between checks, for processes that miss a broadcast. With IDENTITY_CACHE_S, for which a
# credential may still connect, it is less than the 65 that are promised.
CHECK_EVERY_S = 30

FAILURE = "The credentials in use could not be looked at"


@dataclass(slots=True, eq=False)
class _MonitoredSocket:
    identity: Identity
    close_in: CloseIn
    # When the socket will be closed, as far as `close_in` was told.
    closes_at: datetime | None

    def update(self, end: CredentialEnd | None) -> None:
        if end and (self.closes_at is None or end.at < self.closes_at):
            self.closes_at = end.at
            self.close_in((end.at - timezone.now()).total_seconds(), end.reason)


class SocketMonitor:
    """The sockets of one event loop."""

    def __init__(self) -> None:
        self._sockets: set[_MonitoredSocket] = set()
        self._checks = TaskSet()
        self._periodic_check = PeriodicTask(
            lambda: self._check(self._sockets),
            lambda: CHECK_EVERY_S,
            lambda: bool(self._sockets),
            FAILURE,
        )
        broadcaster().subscribe(IDENTITIES, self._check_concerned)

    @contextmanager
    def monitoring(self, identity: Identity, close_in: CloseIn) -> Iterator[None]:
        """Calls `close_in` when the credential ends earlier than the identity says."""
        socket = _MonitoredSocket(identity, close_in, identity.expires_at)
        self._sockets.add(socket)
        self._periodic_check.ensure_running()
        try:
            yield
        finally:
            self._sockets.discard(socket)

    def _check_concerned(self, message: BroadcastMessage) -> None:
        change = from_message(message)
        concerned = [socket for socket in self._sockets if change.concerns(socket.identity)]
        self._checks.start(self._check(concerned))

    async def _check(self, sockets: Iterable[_MonitoredSocket]) -> None:
        sockets = tuple(sockets)
        try:
            ends = await database_sync_to_async(find_credential_ends)(
                [socket.identity for socket in sockets]
            )
        except Exception:
            logger.warning(FAILURE, exc_info=True)
            return
        for socket, end in zip(sockets, ends, strict=True):
            if socket in self._sockets:
                socket.update(end)


socket_monitor = per_event_loop(SocketMonitor)
