"""Those who are here: who came in by something that is no longer good is shown out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from django.utils import timezone

from accounts.identity import Identity
from accounts.revocation.credential_validity import Ending, find_credential_ends
from accounts.revocation.events import from_message
from core.broadcast import IDENTITIES, BroadcastMessage, broadcaster
from core.db_thread import database_sync_to_async

logger = logging.getLogger(__name__)

# Called with the seconds that are left, and the reason.
ShowOut = Callable[[float, str], None]

# Seconds. Who is told of no change finds out after that: with IDENTITY_CACHE_S, for which a
# credential may still let in, less than the 65 that are promised.
LOOK_S = 30


@dataclass(slots=True, eq=False)
class _Guest:
    identity: Identity
    close_in: ShowOut
    # Until when, as far as `close_in` knows.
    until: datetime | None

    def learn(self, ending: Ending | None) -> None:
        if ending and (self.until is None or ending.at < self.until):
            self.until = ending.at
            self.close_in((ending.at - timezone.now()).total_seconds(), ending.reason)


class Watch:
    """Of one event loop."""

    def __init__(self) -> None:
        self._guests: set[_Guest] = set()
        self._rounds: asyncio.Task[None] | None = None
        self._looks: set[asyncio.Task[None]] = set()
        broadcaster().subscribe(IDENTITIES, self._hear)

    @contextmanager
    def over(self, identity: Identity, close_in: ShowOut) -> Iterator[None]:
        """`close_in` is called when the credential's end comes closer than the identity says."""
        guest = _Guest(identity, close_in, identity.expires_at)
        self._guests.add(guest)
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._look_for_ever())
        try:
            yield
        finally:
            self._guests.discard(guest)

    async def _look_for_ever(self) -> None:
        try:
            while self._guests:
                await asyncio.sleep(LOOK_S)
                await self._look(tuple(self._guests))
        finally:
            self._rounds = None

    def _hear(self, change: BroadcastMessage) -> None:
        changed = from_message(change)
        concerned = [guest for guest in self._guests if changed.concerns(guest.identity)]
        task = asyncio.create_task(self._look(concerned))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _look(self, guests: Iterable[_Guest]) -> None:
        guests = tuple(guests)
        try:
            endings = await database_sync_to_async(find_credential_ends)(
                [g.identity for g in guests]
            )
        except Exception:
            logger.warning("The credentials in use could not be looked at", exc_info=True)
            return
        for guest, ending in zip(guests, endings, strict=True):
            if guest in self._guests:
                guest.learn(ending)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    loop = asyncio.get_running_loop()
    found = _watches.get(loop)
    if found is None:
        found = _watches[loop] = Watch()
    return found
