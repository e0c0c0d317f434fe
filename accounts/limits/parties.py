"""The parties that limits count: the client's address, the credential, and the end user."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from accounts.identity import Identity
from accounts.limits.kinds import Party
from accounts.models import APIToken, User
from core.client_address import network_of


@lru_cache(4096)
def address_parties(address: str | None) -> tuple[Party, ...]:
    """None without an address: commands and Unix sockets have none."""
    return (Party("ADDRESS", f"address:{network_of(address)}", "address"),) if address else ()


def token_party(token: APIToken) -> Party:
    return _token_party(token.pk)


def user_party(user: User) -> Party:
    return _user_party(user.pk)


def whole_user_party(user: User) -> Party:
    """With all tokens, logins and end users: issuing more tokens allows no more."""
    return _whole_user_party(user.pk)


def end_user_party(user: User, name: str) -> Party:
    return _end_user_party(user.pk, name)


def _token_party(id: UUID) -> Party:
    return Party("TOKEN", f"token:{id.hex}", "API token")


def _user_party(id: UUID) -> Party:
    return Party("TOKEN", f"user:{id.hex}", "account")


def _whole_user_party(id: UUID) -> Party:
    return Party("USER", f"whole_user:{id.hex}", "user")


def _end_user_party(user_id: UUID, name: str) -> Party:
    return Party("END_USER", f"end_user:{user_id.hex}:{name}", "end user")


def credential_parties(identity: Identity) -> tuple[Party, ...]:
    """A ticket made from a token counts as the token."""
    return credential_parties_by_id(identity.user.pk, identity.token_id, identity.end_user)


def credential_parties_by_id(
    user_id: UUID, token_id: UUID | None, end_user: str
) -> tuple[Party, ...]:
    own = _token_party(token_id) if token_id else _user_party(user_id)
    parties = (own, _whole_user_party(user_id))
    return (*parties, _end_user_party(user_id, end_user)) if end_user else parties


def identity_parties(identity: Identity) -> tuple[Party, ...]:
    return (*address_parties(identity.address), *credential_parties(identity))
