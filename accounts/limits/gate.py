"""What sockets and questions ask for: may I come in, may I ask? Each raises `LimitReached`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from django.core.signals import setting_changed
from django.dispatch import receiver

from accounts.identity import Identity
from accounts.limits import whose
from accounts.limits.choose import the_store
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
from accounts.limits.places import Place, take_place
from accounts.limits.store import Change, Reading


async def knock(address: str | None) -> None:
    """Before anything is looked up."""
    if asked := _of_knocking(address):
        await the_store().take(asked)


def knock_now(address: str | None) -> Sequence[Reading]:
    asked = _of_knocking(address)
    return the_store().take_now(asked) if asked else ()


async def note_failure(address: str | None) -> None:
    """Somebody could not say who they are."""
    if failed := meters(FAILURES, whose.of_address(address)):
        await the_store().change([Change(meter, 1) for meter in failed])


def note_failure_now(address: str | None) -> None:
    if failed := meters(FAILURES, whose.of_address(address)):
        the_store().change_now([Change(meter, 1) for meter in failed])


def come_in_now(identity: Identity) -> Sequence[Reading]:
    """A request, once it is known whose it is."""
    asked = meters(HANDSHAKES, whose.of_credential(identity))
    return the_store().take_now(asked) if asked else ()


async def open_socket(identity: Identity) -> Place:
    parties = whose.of_credential(identity)
    return await take_place(the_store(), _of_opening(identity.address, parties))


async def come_in(identity: Identity) -> Place:
    """Knock and open at once: for whom nothing had to be looked up in between."""
    asked = _of_coming_in(identity.address, identity.user.pk, identity.token_id, identity.end_user)
    return await take_place(the_store(), asked)


async def ask_question(identity: Identity) -> Place:
    """The model's tokens are set aside, until it is known how many it took."""
    parties = whose.of_identity(identity)
    asked = [*meters(QUESTIONS, parties), *meters(ANSWERS, parties)]
    return await take_place(the_store(), [*asked, *meters(MODEL_TOKENS, parties)])


def _of_knocking(address: str | None) -> list[Meter]:
    parties = whose.of_address(address)
    return [*meters(FAILURES, parties, only_look=True), *meters(HANDSHAKES, parties)]


def _of_opening(address: str | None, credential: tuple[Party, ...]) -> list[Meter]:
    parties = (*whose.of_address(address), *credential)
    return [*meters(HANDSHAKES, credential), *meters(SOCKETS, parties)]


@lru_cache(4096)
def _of_coming_in(
    address: str | None, user_id: UUID, token_id: UUID | None, end_user: str
) -> tuple[Meter, ...]:
    """Who comes once comes again: everybody who lost their connection, all at once."""
    parties = whose.of_credential_ids(user_id, token_id, end_user)
    return (*_of_knocking(address), *_of_opening(address, parties))


@receiver(setting_changed)
def _forget_limits(**_: object) -> None:
    """Settings change in tests only, which say so."""
    _of_coming_in.cache_clear()
