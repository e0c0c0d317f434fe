"""The cache of identities: hits, expiry, eviction, invalidation."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import User
from accounts.revocation.events import CredentialChange
from accounts.revocation.identity_cache import IdentityCache
from core.ids import new_id


def identity_with(token_id: UUID | None = None, **fields: Any) -> Identity:
    return Identity(User(), "token", token_id, **fields)


def test_a_cached_identity_is_found_by_its_secret_only() -> None:
    cache, identity = IdentityCache(), identity_with()
    assert cache.get("secret") is None
    cache.put("secret", identity, cache.version)
    assert cache.get("secret") is identity
    assert cache.get("secre") is None


def test_secrets_are_hashed() -> None:
    cache = IdentityCache()
    cache.put("secret", identity_with(), 0)
    assert b"secret" not in next(iter(cache._entries))


def test_entries_expire(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = IdentityCache()
    cache.put("secret", identity_with(), 0)
    later = time.monotonic() + settings.IDENTITY_CACHE_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert cache.get("secret") is None


def test_an_expired_credential_is_not_found() -> None:
    cache = IdentityCache()
    cache.put("secret", identity_with(expires_at=timezone.now()), 0)
    cache.put("other", identity_with(expires_at=timezone.now() + timedelta(hours=1)), 0)
    assert cache.get("secret") is None
    assert cache.get("other")


def test_the_oldest_entries_are_evicted(settings: Any) -> None:
    settings.IDENTITY_CACHE_SIZE = 2
    cache = IdentityCache()
    for secret in ("one", "two", "one", "three"):
        cache.put(secret, identity_with(), 0)
    assert [bool(cache.get(secret)) for secret in ("one", "two", "three")] == [
        True,
        False,
        True,
    ]


def test_invalidating_removes_the_token_and_the_user_only() -> None:
    cache = IdentityCache()
    one, two, three = identity_with(new_id()), identity_with(new_id()), identity_with()
    for secret, identity in (("one", one), ("two", two), ("three", three)):
        cache.put(secret, identity, 0)
    cache.invalidate(
        CredentialChange(frozenset({three.user.pk}), frozenset({UUID(str(one.token_id))}))
    )
    assert [cache.get(secret) for secret in ("one", "two", "three")] == [None, two, None]


def test_an_identity_that_changed_during_its_lookup_is_not_cached() -> None:
    cache = IdentityCache()
    before = cache.version
    cache.invalidate(CredentialChange(tokens=frozenset({new_id()})))
    cache.put("secret", identity_with(), before)
    assert cache.get("secret") is None
