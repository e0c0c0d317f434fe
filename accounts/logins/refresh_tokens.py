"""Logins of programs: each has short-lived JWTs, and refresh tokens, each good for one new JWT."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit.record import record, row_label
from accounts.errors import NotAuthenticated
from accounts.logins.login_jwt import IssuedJWT, issue_jwt
from accounts.models import Action, Login, Person, RefreshToken, User
from accounts.revocation.broadcast import publish_credential_change
from accounts.secret_format import digest

ENDED = "This login has ended; log in again"
# Expired logins are kept for so long, so that an old refresh token gets the right error.
KEEP_EXPIRED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class IssuedLogin:
    access: IssuedJWT
    refresh_token: str
    refresh_lifetime_s: int


def begin_login(user: User) -> IssuedLogin:
    _delete_expired()
    login = Login.objects.create(user=user, stamp=user.login_stamp, expires_at=_expires_at())
    record(Action.LOGIN, row_label(login), user=user)
    return issue_login_tokens(login)


def begin_person_login(
    person: Person, operator: UUID, dialog: UUID | None, expires_at: datetime | None = None
) -> Login:
    """For a mini program user, as an end user of the operator. The operator's password does not
    matter for it."""
    _delete_expired()
    login = Login.objects.create(
        user_id=operator,
        person=person,
        dialogs=[dialog.hex] if dialog else None,
        expires_at=expires_at or _expires_at(),
    )
    person.operators.add(login.user)
    record(Action.LOGIN, row_label(login), f"mini program user {person.pk.hex}", user=login.user)
    return login


def refresh_login(secret: str) -> IssuedLogin:
    """A refresh token that is used twice was stolen, and the thief may be either of the two: the
    login ends for both."""
    token = _find(secret)
    if token is None:
        raise NotAuthenticated("There is no such refresh token")
    login = token.login
    first = RefreshToken.objects.filter(pk=token.pk, used_at=None).update(used_at=timezone.now())
    if not first:
        record(Action.REFUSED, row_label(login), "a refresh token was used twice", user=login.user)
        end_logins(Login.objects.filter(pk=login.pk))
        raise NotAuthenticated("This refresh token was used before; log in again")
    if not login.is_valid():
        raise NotAuthenticated(ENDED)
    login.expires_at = _expires_at(login.created_at)
    # Filtered, because it may have been ended a moment ago.
    Login.objects.filter(pk=login.pk, ended_at=None).update(expires_at=login.expires_at)
    return issue_login_tokens(login)


def end_logins(logins: QuerySet[Login]) -> int:
    """How many had not ended yet. Their JWTs, tickets and open sockets end with them."""
    active = list(logins.filter(ended_at=None).select_related("user"))
    ids = [login.pk for login in active]
    count = Login.objects.filter(pk__in=ids, ended_at=None).update(ended_at=timezone.now())
    for login in active:
        record(Action.LOGOUT, row_label(login), f"login of {login.user.username}")
    publish_credential_change(logins=ids)
    return count


def end_login_by_refresh_token(refresh_token: str) -> None:
    if token := _find(refresh_token):
        end_logins(Login.objects.filter(pk=token.login_id))


def _find(secret: str) -> RefreshToken | None:
    tokens = RefreshToken.objects.select_related("login__user", "login__person")
    return tokens.filter(digest=digest(secret)).first()


def issue_login_tokens(login: Login) -> IssuedLogin:
    """The next JWT and the next refresh token."""
    secret = secrets.token_urlsafe(32)
    RefreshToken.objects.create(digest=digest(secret), login=login)
    left = login.expires_at - timezone.now()
    return IssuedLogin(issue_jwt(login), secret, max(0, round(left.total_seconds())))


def _delete_expired() -> None:
    Login.objects.filter(expires_at__lt=timezone.now() - KEEP_EXPIRED).delete()


def _expires_at(begun: datetime | None = None) -> datetime:
    """Each refresh prolongs a login, up to `LOGIN_LIFETIME_DAYS` after it began."""
    now = timezone.now()
    idle_end = now + timedelta(seconds=settings.REFRESH_LIFETIME_S)
    return min(idle_end, (begun or now) + timedelta(days=settings.LOGIN_LIFETIME_DAYS))
