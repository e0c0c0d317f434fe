"""Which identities limits count as one party, and that no store is used without limits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from accounts.errors import LimitReached
from accounts.identity import Identity
from accounts.limits import check
from accounts.limits.kinds import ANSWERS, KINDS, MODEL_TOKENS, QUESTIONS, SOCKETS, Role
from accounts.limits.leases import lease_renewer
from accounts.limits.memory_store import MemoryStore
from accounts.limits.parties import address_parties, end_user_party, token_party, user_party
from accounts.limits.store import LEASE_S, RENEW_EVERY_S
from accounts.limits.usage import reset_usage, usage_of
from accounts.models import APIToken, User
from core.ids import new_id
from tests.support.clock import Clock, use_clock_for_limits

ALICE, BOB = User(username="alice"), User(username="bob")
TOKEN = APIToken(user=ALICE, name="laptop")
ROLES: list[Role] = ["ADDRESS", "TOKEN", "USER", "END_USER"]


def by_token(**more: Any) -> Identity:
    return Identity(ALICE, "token", token_id=TOKEN.pk, **more)


@pytest.fixture
def store(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    return use_clock_for_limits(clock, monkeypatch)


@pytest.fixture(autouse=True)
def no_limits(settings: Any) -> None:
    for role in ROLES:
        for kind in KINDS:
            setattr(settings, f"{role}_{kind.setting}", 0)


SAME = [
    ("ADDRESS", by_token(address="192.0.2.1"), Identity(BOB, "jwt", address="192.0.2.1")),
    ("ADDRESS", by_token(address="2001:db8::1"), Identity(BOB, "jwt", address="2001:db8::2")),
    ("TOKEN", by_token(), by_token(address="192.0.2.1")),
    ("TOKEN", by_token(), Identity(ALICE, "ticket", token_id=TOKEN.pk, end_user="visitor 7")),
    ("TOKEN", Identity(ALICE, "jwt", login_id=new_id()), Identity(ALICE, "cookie")),
    ("USER", by_token(), Identity(ALICE, "token", token_id=new_id())),
    ("USER", by_token(), Identity(ALICE, "jwt", login_id=new_id())),
    ("USER", by_token(end_user="visitor 7"), Identity(ALICE, "ticket", end_user="visitor 8")),
    (
        "END_USER",
        Identity(ALICE, "ticket", token_id=TOKEN.pk, end_user="visitor 7"),
        Identity(ALICE, "ticket", login_id=new_id(), end_user="visitor 7"),
    ),
]
OTHERS = [
    ("ADDRESS", by_token(address="192.0.2.1"), by_token(address="192.0.2.2")),
    ("ADDRESS", by_token(address="192.0.2.1"), by_token()),
    ("TOKEN", by_token(), Identity(ALICE, "token", token_id=new_id())),
    ("TOKEN", by_token(), Identity(ALICE, "jwt")),
    ("TOKEN", Identity(ALICE, "jwt"), Identity(BOB, "jwt")),
    ("USER", by_token(), Identity(BOB, "token", token_id=new_id())),
    ("END_USER", by_token(end_user="visitor 7"), by_token(end_user="visitor 8")),
    ("END_USER", by_token(end_user="visitor 7"), by_token()),
    ("END_USER", by_token(end_user="7"), Identity(BOB, "ticket", end_user="7")),
]


@pytest.mark.parametrize(("role", "first", "second"), SAME)
@pytest.mark.parametrize(
    "kind", [SOCKETS, QUESTIONS, ANSWERS, MODEL_TOKENS], ids=lambda kind: kind.setting
)
async def test_these_are_counted_as_one(
    settings: Any, store: MemoryStore, role: Role, first: Identity, second: Identity, kind: Any
) -> None:
    setattr(settings, f"{role}_{kind.setting}", 1)
    ask = check.lease_socket if kind is SOCKETS else check.lease_answer
    await ask(first)
    with pytest.raises(LimitReached):
        await ask(second)


@pytest.mark.parametrize(("role", "first", "second"), OTHERS)
@pytest.mark.parametrize(
    "kind", [SOCKETS, QUESTIONS, ANSWERS, MODEL_TOKENS], ids=lambda kind: kind.setting
)
async def test_these_are_counted_apart(
    settings: Any, store: MemoryStore, role: Role, first: Identity, second: Identity, kind: Any
) -> None:
    setattr(settings, f"{role}_{kind.setting}", 1)
    ask = check.lease_socket if kind is SOCKETS else check.lease_answer
    await ask(first)
    await ask(second)


async def test_handshakes_and_requests_are_counted_together(
    settings: Any, store: MemoryStore, clock: Clock
) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = settings.TOKEN_HANDSHAKES_PER_MINUTE = 2
    await check.check_handshake("192.0.2.1")
    check.check_request("192.0.2.1")
    with pytest.raises(LimitReached):
        await check.check_handshake("192.0.2.1")
    await check.lease_socket(by_token())
    check.check_authenticated_request(by_token())
    with pytest.raises(LimitReached):
        await check.lease_socket(by_token())
    clock.advance(60)
    await check.check_handshake("192.0.2.1")
    await check.lease_socket(by_token())


async def test_an_address_with_too_many_failures_is_refused_before_its_credential_is_read(
    settings: Any, store: MemoryStore, clock: Clock
) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 2
    for _ in range(3):
        await check.check_handshake("192.0.2.1")
    await check.count_failed_handshake("192.0.2.1")
    check.count_failed_request("192.0.2.1")
    for refused in (
        check.check_handshake("192.0.2.1"),
        asyncio.to_thread(check.check_request, "192.0.2.1"),
    ):
        with pytest.raises(LimitReached):
            await refused
    await check.check_handshake("192.0.2.2")
    clock.advance(60)
    await check.check_handshake("192.0.2.1")


async def test_a_lease_is_held_until_it_is_released(
    settings: Any, store: MemoryStore, clock: Clock
) -> None:
    settings.TOKEN_SOCKETS = 1
    lease = await check.lease_socket(by_token())
    for _ in range(2 * LEASE_S // RENEW_EVERY_S):
        clock.advance(RENEW_EVERY_S)
        await lease_renewer().renew()
    with pytest.raises(LimitReached):
        await check.lease_socket(by_token())
    await lease.release()
    await lease.release()
    again = await check.lease_socket(by_token())
    await again.release()
    assert usage_of(token_party(TOKEN))[0].held == 0


async def test_a_refunded_lease_leaves_nothing_counted(settings: Any, store: MemoryStore) -> None:
    settings.TOKEN_QUESTIONS_PER_MINUTE = settings.TOKEN_MODEL_TOKENS_PER_DAY = 5000
    lease = await check.lease_answer(by_token())
    await lease.refund()
    await lease.refund()
    assert [(r.used, r.held) for r in usage_of(token_party(TOKEN))] == [(0, 0), (0, 0)]


async def test_what_is_used_can_be_seen_and_reset(settings: Any, store: MemoryStore) -> None:
    parties = [user_party(ALICE), end_user_party(ALICE, "visitor 7"), *address_parties("192.0.2.1")]
    for role in ROLES:
        setattr(settings, f"{role}_MODEL_TOKENS_PER_DAY", 5000)
    identity = Identity(ALICE, "jwt", end_user="visitor 7", address="192.0.2.1")
    lease = await check.lease_answer(identity)
    assert [usage_of(party)[0].held for party in parties] == [2000] * 3
    await lease.release({MODEL_TOKENS: 70})
    assert [usage_of(party)[0].used for party in parties] == [70] * 3
    for party in parties:
        reset_usage(party)
    assert [usage_of(party)[0].used for party in parties] == [0] * 3


async def test_without_limits_the_store_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # Any use of `None` would fail.
    monkeypatch.setattr("accounts.limits.check.current_store", lambda: None)
    identity = by_token(end_user="visitor 7", address="192.0.2.1")
    await check.check_handshake("192.0.2.1")
    check.check_request("192.0.2.1")
    await check.count_failed_handshake("192.0.2.1")
    check.check_authenticated_request(identity)
    for lease in (await check.lease_socket(identity), await check.lease_answer(identity)):
        await lease.refund()
