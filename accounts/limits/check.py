"""What sockets and questions ask for: may I come in, may I ask? Each raises `LimitReached`."""

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
from accounts.limits.leases import Place, take_lease
from accounts.limits.parties import (
    address_parties,
    credential_parties,
    credential_parties_by_id,
    identity_parties,
)
from accounts.limits.store import Change, Reading


async def check_handshake(address: str | None) -> None:
    """Before anything is looked up."""
    if asked := _of_knocking(address):
        await current_store().take(asked)


def check_request(address: str | None) -> Sequence[Reading]:
    asked = _of_knocking(address)
    return current_store().take_now(asked) if asked else ()


async def count_failed_handshake(address: str | None) -> None:
    """Somebody could not say who they are."""
    if failed := meters(FAILURES, address_parties(address)):
        await current_store().change([Change(meter, 1) for meter in failed])


def count_failed_request(address: str | None) -> None:
    if failed := meters(FAILURES, address_parties(address)):
        current_store().change_now([Change(meter, 1) for meter in failed])


def check_known_request(identity: Identity) -> Sequence[Reading]:
    """A request, once it is known whose it is."""
    asked = meters(HANDSHAKES, credential_parties(identity))
    return current_store().take_now(asked) if asked else ()


async def take_socket(identity: Identity) -> Place:
    parties = credential_parties(identity)
    return await take_lease(current_store(), _of_opening(identity.address, parties))


async def take_known_socket(identity: Identity) -> Place:
    """Knock and open at once: for whom nothing had to be looked up in between."""
    asked = _of_coming_in(identity.address, identity.user.pk, identity.token_id, identity.end_user)
    return await take_lease(current_store(), asked)


async def take_question(identity: Identity) -> Place:
    """The model's tokens are set aside, until it is known how many it took."""
    parties = identity_parties(identity)
    asked = [*meters(QUESTIONS, parties), *meters(ANSWERS, parties)]
    return await take_lease(current_store(), [*asked, *meters(MODEL_TOKENS, parties)])


def _of_knocking(address: str | None) -> list[Meter]:
    parties = address_parties(address)
    return [*meters(FAILURES, parties, only_look=True), *meters(HANDSHAKES, parties)]


def _of_opening(address: str | None, credential: tuple[Party, ...]) -> list[Meter]:
    parties = (*address_parties(address), *credential)
    return [*meters(HANDSHAKES, credential), *meters(SOCKETS, parties)]


@lru_cache(4096)
def _of_coming_in(
    address: str | None, user_id: UUID, token_id: UUID | None, end_user: str
) -> tuple[Meter, ...]:
    """Who comes once comes again: everybody who lost their connection, all at once."""
    parties = credential_parties_by_id(user_id, token_id, end_user)
    return (*_of_knocking(address), *_of_opening(address, parties))


@receiver(setting_changed)
def _forget_limits(**_: object) -> None:
    """Settings change in tests only, which say so."""
    _of_coming_in.cache_clear()
