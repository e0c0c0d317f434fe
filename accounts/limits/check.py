"""Checks of the limits of handshakes, requests, sockets and answers. Each raises `LimitReached`.

Handshakes of sockets and requests of REST are checked twice: by their address before the credential
is looked up, and by the credential afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from django.core.signals import setting_changed
from django.dispatch import receiver

from accounts.identity import Identity
from accounts.limits.current_store import current_store
from accounts.limits.kinds import (
    ANSWERS,
    FAILURES,
    HANDSHAKES,
    MODEL_TOKENS,
    QUESTIONS,
    SOCKETS,
    Meter,
    Party,
    meters,
)
from accounts.limits.leases import Lease, take_lease
from accounts.limits.parties import (
    address_parties,
    credential_parties,
    credential_parties_by_id,
    identity_parties,
)
from accounts.limits.store import Adjustment, Reading


async def check_handshake(address: str | None) -> None:
    """Before the credential is looked up."""
    if wanted := _handshake_meters(address):
        await current_store().take(wanted)


async def lease_socket(identity: Identity) -> Lease:
    """After `check_handshake`, once the identity is known."""
    wanted = _socket_meters(identity.address, credential_parties(identity))
    return await take_lease(current_store(), wanted)


async def check_and_lease_socket(identity: Identity) -> Lease:
    """`check_handshake` and `lease_socket` in one step, for an identity that is cached."""
    wanted = _handshake_and_socket_meters(
        identity.address, identity.user.pk, identity.token_id, identity.end_user
    )
    return await take_lease(current_store(), wanted)


async def count_failed_handshake(address: str | None) -> None:
    """The authentication failed."""
    if failed := meters(FAILURES, address_parties(address)):
        await current_store().adjust([Adjustment(meter, 1) for meter in failed])


def check_request(address: str | None) -> Sequence[Reading]:
    """`check_handshake`, for REST."""
    wanted = _handshake_meters(address)
    return current_store().take_sync(wanted) if wanted else ()


def check_authenticated_request(identity: Identity) -> Sequence[Reading]:
    """After `check_request`, once the identity is known."""
    wanted = meters(HANDSHAKES, credential_parties(identity))
    return current_store().take_sync(wanted) if wanted else ()


def count_failed_request(address: str | None) -> None:
    """`count_failed_handshake`, for REST."""
    if failed := meters(FAILURES, address_parties(address)):
        current_store().adjust_sync([Adjustment(meter, 1) for meter in failed])


def reserve_failure(address: str | None) -> None:
    """Counts a failure before a password is looked at: of many attempts at once none is beyond the
    limit. Raises `LimitReached`."""
    if failed := meters(FAILURES, address_parties(address)):
        current_store().take_sync(failed)


def refund_failure(address: str | None) -> None:
    """It was none."""
    if failed := meters(FAILURES, address_parties(address)):
        current_store().adjust_sync([Adjustment(meter, -1) for meter in failed])


async def lease_answer(identity: Identity) -> Lease:
    """Count a question, and set the model's tokens aside until their number is known."""
    parties = identity_parties(identity)
    wanted = [*meters(QUESTIONS, parties), *meters(ANSWERS, parties)]
    return await take_lease(current_store(), [*wanted, *meters(MODEL_TOKENS, parties)])


def _handshake_meters(address: str | None) -> list[Meter]:
    parties = address_parties(address)
    return [*meters(FAILURES, parties, check_only=True), *meters(HANDSHAKES, parties)]


def _socket_meters(address: str | None, credential: tuple[Party, ...]) -> list[Meter]:
    parties = (*address_parties(address), *credential)
    return [*meters(HANDSHAKES, credential), *meters(SOCKETS, parties)]


@lru_cache(4096)
def _handshake_and_socket_meters(
    address: str | None, user_id: UUID, token_id: UUID | None, end_user: str
) -> tuple[Meter, ...]:
    """Cached, for clients that all reconnect at once after an outage."""
    parties = credential_parties_by_id(user_id, token_id, end_user)
    return (*_handshake_meters(address), *_socket_meters(address, parties))


@receiver(setting_changed)
def _forget_limits(**_: object) -> None:
    """Settings change in tests only, which send this signal."""
    _handshake_and_socket_meters.cache_clear()
