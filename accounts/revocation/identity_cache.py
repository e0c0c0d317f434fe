"""The identities of credentials that were looked up a moment ago: a reconnect needs no query."""

from __future__ import annotations

import hashlib
import threading
import time

from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from accounts.revocation.events import CredentialChange


class IdentityCache:
    """Of one process. Read on the event loop, invalidated from any thread."""

    def __init__(self) -> None:
        # By the SHA-256 of the credential: its identity, and when the entry expires.
        self._entries: dict[bytes, tuple[Identity, float]] = {}
        self._lock = threading.Lock()
        # Grows with each invalidation.
        self.version = 0

    def get(self, secret: str) -> Identity | None:
        identity, until = self._entries.get(_key(secret), (None, 0.0))
        if identity is None or until < time.monotonic() or _is_expired(identity):
            return None
        return identity

    def put(self, secret: str, identity: Identity, version: int) -> None:
        """`version` as it was before the lookup: an invalidation since then may concern this
        identity, so that it is not cached."""
        with self._lock:
            if version != self.version:
                return
            key = _key(secret)
            # Moved to the end, so that the first entry is always the oldest.
            self._entries.pop(key, None)
            while len(self._entries) >= settings.IDENTITY_CACHE_SIZE:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = identity, time.monotonic() + settings.IDENTITY_CACHE_S

    def invalidate(self, change: CredentialChange) -> None:
        with self._lock:
            self.version += 1
            self._entries = {
                key: (identity, until)
                for key, (identity, until) in self._entries.items()
                if not change.concerns(identity)
            }


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _is_expired(identity: Identity) -> bool:
    return identity.expires_at is not None and identity.expires_at <= timezone.now()


identity_cache = IdentityCache()
