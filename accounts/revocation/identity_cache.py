"""Who a credential belongs to, remembered for a moment: who connects again is not looked up."""

from __future__ import annotations

import hashlib
import threading
import time

from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from accounts.revocation.events import Change


class Memory:
    """Of one process. It is asked on the event loop, and told to forget from any thread."""

    def __init__(self) -> None:
        # By the SHA-256 of the credential: who it is, and until when that may be believed.
        self._known: dict[bytes, tuple[Identity, float]] = {}
        self._writing = threading.Lock()
        # How often something was forgotten.
        self.changes = 0

    def recall(self, secret: str) -> Identity | None:
        identity, until = self._known.get(_key(secret), (None, 0.0))
        if identity is None or until < time.monotonic() or _is_over(identity):
            return None
        return identity

    def remember(self, secret: str, identity: Identity, changes: int) -> None:
        """`changes` as it was before the identity was looked up: what was forgotten since then
        may have been this one."""
        with self._writing:
            if changes != self.changes:
                return
            key = _key(secret)
            # Behind all the others, so that the first is always the oldest.
            self._known.pop(key, None)
            while len(self._known) >= settings.IDENTITY_CACHE_SIZE:
                del self._known[next(iter(self._known))]
            self._known[key] = identity, time.monotonic() + settings.IDENTITY_CACHE_S

    def forget(self, change: Change) -> None:
        """All that those whom it concerns came in by."""
        with self._writing:
            self.changes += 1
            self._known = {
                key: (identity, until)
                for key, (identity, until) in self._known.items()
                if not change.concerns(identity)
            }


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _is_over(identity: Identity) -> bool:
    return identity.expires_at is not None and identity.expires_at <= timezone.now()


memory = Memory()
