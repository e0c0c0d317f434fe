import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import User
from accounts.revocation.events import Change
from accounts.revocation.identity_cache import Memory
from core.ids import new_id


def somebody(token_id: UUID | None = None, **fields: Any) -> Identity:
    return Identity(User(), "token", token_id, **fields)


def test_it_works() -> None:
    memory, identity = Memory(), somebody()
    assert memory.recall("secret") is None
    memory.remember("secret", identity, memory.changes)
    assert memory.recall("secret") is identity
    assert memory.recall("secre") is None


def test_no_secret_is_in_it() -> None:
    memory = Memory()
    memory.remember("secret", somebody(), 0)
    assert b"secret" not in next(iter(memory._known))


def test_after_a_while_it_has_to_be_looked_up_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    memory.remember("secret", somebody(), 0)
    later = time.monotonic() + settings.IDENTITY_CACHE_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert memory.recall("secret") is None


def test_what_has_expired_is_not_remembered() -> None:
    memory = Memory()
    memory.remember("secret", somebody(expires_at=timezone.now()), 0)
    memory.remember("other", somebody(expires_at=timezone.now() + timedelta(hours=1)), 0)
    assert memory.recall("secret") is None
    assert memory.recall("other")


def test_the_oldest_make_room(settings: Any) -> None:
    settings.IDENTITY_CACHE_SIZE = 2
    memory = Memory()
    for secret in ("one", "two", "one", "three"):
        memory.remember(secret, somebody(), 0)
    assert [bool(memory.recall(secret)) for secret in ("one", "two", "three")] == [
        True,
        False,
        True,
    ]


def test_a_token_or_a_user_is_forgotten_and_nobody_else() -> None:
    memory = Memory()
    one, two, three = somebody(new_id()), somebody(new_id()), somebody()
    for secret, identity in (("one", one), ("two", two), ("three", three)):
        memory.remember(secret, identity, 0)
    memory.forget(Change(frozenset({three.user.pk}), frozenset({UUID(str(one.token_id))})))
    assert [memory.recall(secret) for secret in ("one", "two", "three")] == [None, two, None]


def test_what_changed_while_it_was_looked_up_is_not_remembered() -> None:
    memory = Memory()
    before = memory.changes
    memory.forget(Change(tokens=frozenset({new_id()})))
    memory.remember("secret", somebody(), before)
    assert memory.recall("secret") is None
