"""Who is counted: the address somebody comes from, the credential, the end user behind it."""

from __future__ import annotations

from functools import lru_cache

from accounts.identity import Identity
from accounts.limits.address import network_of
from accounts.limits.kinds import Party
from accounts.models import APIToken, User


@lru_cache(4096)
def of_address(address: str | None) -> tuple[Party, ...]:
    """Nobody, for those who come by no network: commands, and sockets of the file system."""
    return (Party("ADDRESS", f"address:{network_of(address)}", "address"),) if address else ()


def of_token(token: APIToken) -> Party:
    return Party("TOKEN", f"token:{token.pk.hex}", "API token")


def of_user(user: User) -> Party:
    return Party("TOKEN", f"user:{user.pk.hex}", "account")


def of_end_user(user: User, name: str) -> Party:
    return Party("END_USER", f"end_user:{user.pk.hex}:{name}", "end user")


def of_credential(identity: Identity) -> list[Party]:
    """What is made from a token counts as the token."""
    if identity.token_id:
        parties = [Party("TOKEN", f"token:{identity.token_id.hex}", "API token")]
    else:
        parties = [of_user(identity.user)]
    if identity.end_user:
        parties.append(of_end_user(identity.user, identity.end_user))
    return parties


def of_identity(identity: Identity) -> list[Party]:
    return [*of_address(identity.address), *of_credential(identity)]
