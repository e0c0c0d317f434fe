"""Who is counted: the address somebody comes from, the credential, the end user behind it."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from accounts.identity import Identity
from accounts.limits.kinds import Party
from accounts.models import APIToken, User
from core.client_address import network_of


@lru_cache(4096)
def address_parties(address: str | None) -> tuple[Party, ...]:
    """Nobody, for those who come by no network: commands, and sockets of the file system."""
    return (Party("ADDRESS", f"address:{network_of(address)}", "address"),) if address else ()


def token_party(token: APIToken) -> Party:
    return _of_token(token.pk)


def user_party(user: User) -> Party:
    return _of_user(user.pk)


def end_user_party(user: User, name: str) -> Party:
    return _of_end_user(user.pk, name)


def _of_token(id: UUID) -> Party:
    return Party("TOKEN", f"token:{id.hex}", "API token")


def _of_user(id: UUID) -> Party:
    return Party("TOKEN", f"user:{id.hex}", "account")


def _of_end_user(user_id: UUID, name: str) -> Party:
    return Party("END_USER", f"end_user:{user_id.hex}:{name}", "end user")


def credential_parties(identity: Identity) -> tuple[Party, ...]:
    """What is made from a token counts as the token."""
    return credential_parties_by_id(identity.user.pk, identity.token_id, identity.end_user)


def credential_parties_by_id(
    user_id: UUID, token_id: UUID | None, end_user: str
) -> tuple[Party, ...]:
    party = _of_token(token_id) if token_id else _of_user(user_id)
    return (party, _of_end_user(user_id, end_user)) if end_user else (party,)


def identity_parties(identity: Identity) -> tuple[Party, ...]:
    return (*address_parties(identity.address), *credential_parties(identity))
