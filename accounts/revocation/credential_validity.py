"""When the credentials of identities end, read from the database for many at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import APIToken, Login, User

LOGIN_ENDED = "This login has ended; log in again"
NOT_ACTIVE = "This account is not active"
BLOCKED = "You were blocked"
REVOKED = "This API token was revoked"
EXPIRED = "The credential has expired"


@dataclass(frozen=True, slots=True)
class CredentialEnd:
    """When a credential ends, or ended, and why."""

    at: datetime
    reason: str


def find_credential_ends(identities: Collection[Identity]) -> list[CredentialEnd | None]:
    """In the order of the identities; None for those without an end."""
    records = _Records(identities)
    return [records.end_of(identity) for identity in identities]


class _Records:
    """The rows behind the identities: one query for each kind of row."""

    def __init__(self, identities: Collection[Identity]) -> None:
        self.now = timezone.now()
        self.users = User.objects.in_bulk({identity.user.pk for identity in identities})
        self.tokens = APIToken.objects.in_bulk({i.token_id for i in identities if i.token_id})
        logins = Login.objects.select_related("person")
        self.logins = logins.in_bulk({i.login_id for i in identities if i.login_id})
        sessions = {i.login_session for i in identities if i.login_session}
        self.sessions = Session.objects.in_bulk(sessions) if sessions else {}

    def end_of(self, identity: Identity) -> CredentialEnd | None:
        if reason := self._why_ended(identity):
            return CredentialEnd(self.now, reason)
        expires_at = identity.expires_at
        if identity.token_id:
            expires_at = self.tokens[identity.token_id].expires_at
        return CredentialEnd(expires_at, EXPIRED) if expires_at else None

    def _why_ended(self, identity: Identity) -> str | None:
        user = self.users.get(identity.user.pk)
        if user is None or not user.is_active:
            return NOT_ACTIVE
        if identity.token_id:
            token = self.tokens.get(identity.token_id)
            return REVOKED if token is None or token.revoked_at else None
        # A new password ends the logins and login sessions made with the old one.
        if not identity.person_id and user.password != identity.user.password:
            return LOGIN_ENDED
        if identity.login_id and (reason := _why_login_ended(self.logins.get(identity.login_id))):
            return reason
        if identity.login_session and identity.login_session not in self.sessions:
            return LOGIN_ENDED
        return None


def _why_login_ended(login: Login | None) -> str | None:
    if login and login.person and login.person.blocked_at:
        return BLOCKED
    return LOGIN_ENDED if login is None or login.ended_at else None
