"""The actor of the current request or socket, for the audit log, in a context variable."""

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
    """Who did something, with which credential, and from which address."""

    user_id: UUID | None = None
    username: str = ""
    end_user: str = ""
    credential: str = ""
    address: str = ""

    def with_user(self, user: User) -> Actor:
        return self._replace(user_id=user.pk, username=user.username)


SHELL = Actor(credential="shell")

# Called when an event is recorded: when a request arrives, its user is not known yet.
actor_getter: ContextVar[Callable[[], Actor]] = ContextVar("actor_getter")


def current_actor() -> Actor:
    """Of the request or the socket in which this is called; the shell if there is none."""
    get_actor = actor_getter.get(None)
    return get_actor() if get_actor else SHELL


def actor_of(identity: Identity, address: str | None) -> Actor:
    return Actor(
        user_id=identity.user.pk,
        username=identity.user.username,
        end_user=identity.end_user,
        credential=f"{identity.credential} {identity.hint}".rstrip(),
        address=address or "",
    )


def unknown_actor(credentials: Credentials | None, address: str | None) -> Actor:
    """The actor of a failed authentication: only the kind of the credentials is known."""
    return Actor(
        credential=_credential_kind(credentials) if credentials else "", address=address or ""
    )


def _credential_kind(credentials: Credentials) -> str:
    if credentials.ticket:
        return "ticket"
    for secret in credentials.explicit:
        # A mistyped token gets no hint, which may be most of a short text.
        if is_token_text(secret):
            return f"token {hint(secret)}"
        return "token" if secret.startswith(TOKEN_PREFIX) else "jwt"
    return "cookie" if credentials.login_session else ""
