"""Who is at work right now, wherever the code is that wants to know."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple
from uuid import UUID

from accounts.credentials import Credentials
from accounts.identity import Identity
from accounts.models import User
from accounts.secret_format import TOKEN_PREFIX, hint, is_token_text


class Actor(NamedTuple):
    user_id: UUID | None = None
    username: str = ""
    end_user: str = ""
    credential: str = ""
    address: str = ""

    def being(self, user: User) -> Actor:
        return self._replace(user_id=user.pk, username=user.username)


SHELL = Actor(credential="shell")

# Asked when something is noted: a request may not know yet whose it is when it comes in.
acting: ContextVar[Callable[[], Actor]] = ContextVar("acting")


def current_actor() -> Actor:
    """Who sent the request, or opened the socket, in which this is called; else the shell."""
    find = acting.get(None)
    return find() if find else SHELL


def actor_of(identity: Identity, address: str | None) -> Actor:
    return Actor(
        user_id=identity.user.pk,
        username=identity.user.username,
        end_user=identity.end_user,
        credential=f"{identity.credential} {identity.hint}".rstrip(),
        address=address or "",
    )


def stranger(credentials: Credentials | None, address: str | None) -> Actor:
    """Somebody of whom nothing is known but what was presented."""
    return Actor(credential=_kind(credentials) if credentials else "", address=address or "")


def _kind(credentials: Credentials) -> str:
    if credentials.ticket:
        return "ticket"
    for secret in credentials.explicit:
        # Of a text that is no token, an end and a beginning may be all there is.
        if is_token_text(secret):
            return f"token {hint(secret)}"
        return "token" if secret.startswith(TOKEN_PREFIX) else "jwt"
    return "cookie" if credentials.login_session else ""
