"""API tokens: issued once, looked up by their hash, revoked for good."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, models
from django.utils import timezone

from accounts.changes import tell_of_change
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.models import APIToken, APITokenQuerySet, User
from accounts.secret_text import digest, hint, is_token_text, new_token_text

logger = logging.getLogger(__name__)

NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The row, and the secret that nobody will see again."""

    token: APIToken
    secret: str


def issue_token(user: User, name: str, expires_at: datetime | None = None) -> IssuedToken:
    secret = new_token_text()
    token = APIToken(
        user=user, name=name, digest=digest(secret), hint=hint(secret), expires_at=expires_at
    )
    token.full_clean()
    token.save()
    return IssuedToken(token, secret)


def revoke_tokens(tokens: APITokenQuerySet) -> int:
    """How many were still alive. Every process forgets them."""
    alive = list(tokens.filter(revoked_at=None).values_list("pk", flat=True))
    count = APIToken.objects.filter(pk__in=alive, revoked_at=None).update(revoked_at=timezone.now())
    tell_of_change(tokens=alive)
    return count


def delete_tokens(tokens: APITokenQuerySet) -> None:
    """Revoked first: whoever holds one hears of it."""
    revoke_tokens(tokens)
    tokens.delete()


def identify_token(secret: str) -> Identity:
    if not is_token_text(secret):
        raise NotAuthenticated("The API token is incomplete or mistyped")
    wanted = digest(secret)
    token = APIToken.objects.select_related("user").filter(digest=wanted).first()
    if token is None or not hmac.compare_digest(token.digest, wanted):
        raise NotAuthenticated("There is no such API token")
    _check_state(token)
    return Identity(
        user=token.user,
        credential="token",
        token_id=token.id,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def note_use(identity: Identity) -> None:
    """Remember, at most once a minute, that the token was used. Nobody is refused if it fails."""
    if identity.token_id is None or not needs_note(identity):
        return
    now = timezone.now()
    stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=now - NOTE_USE_EVERY)
    try:
        APIToken.objects.filter(stale, pk=identity.token_id).update(last_used_at=now)
    except DatabaseError:
        logger.warning("Could not note the use of an API token", exc_info=True)


def needs_note(identity: Identity) -> bool:
    if identity.token_id is None:
        return False
    last = identity.last_used_at
    return last is None or last < timezone.now() - NOTE_USE_EVERY


def _check_state(token: APIToken) -> None:
    match token.state:
        case APIToken.State.REVOKED:
            raise NotAuthenticated("This API token was revoked")
        case APIToken.State.EXPIRED:
            raise NotAuthenticated("This API token has expired")
    if not token.user.is_active:
        raise NotAuthenticated("This account is not active")
