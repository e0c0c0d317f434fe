"""API tokens: issuing, rotating, revoking and identifying them, and recording their use."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from accounts.api_tokens.restrictions import Restrictions, check_dialogs, restrictions_of
from accounts.audit.record import record, row_label
from accounts.errors import NotAuthenticated, NotRotatable, TooManyTokens
from accounts.identity import Identity
from accounts.models import Action, APIToken, APITokenQuerySet, User
from accounts.origins import parse_origin
from accounts.revocation.broadcast import publish_credential_change
from accounts.secret_format import digest, hint, is_token_text, new_token_text
from core.ids import parse_id

logger = logging.getLogger(__name__)

RECORD_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The row, and the secret, which is shown only now."""

    token: APIToken
    secret: str


def issue_token(
    user: User,
    name: str,
    expires_at: datetime | None = None,
    restrictions: Restrictions | None = None,
) -> IssuedToken:
    """Raises Django's `ValidationError`, and `TooManyTokens`."""
    with transaction.atomic():
        _check_count(user, settings.MAX_TOKENS_PER_USER)
        return _issue(user, name, expires_at, restrictions or Restrictions())


def _check_count(user: User, limit: int) -> None:
    if not limit:
        return
    # Locked, so that many issued at once are counted one after the other.
    User.objects.select_for_update().filter(pk=user.pk).first()
    active = APIToken.objects.filter(user=user).in_state(APIToken.State.ACTIVE)
    if active.count() >= limit:
        raise TooManyTokens(
            f"{user.username} has {limit} active API tokens, as many as allowed: revoke one first"
        )


def _issue(
    user: User, name: str, expires_at: datetime | None, restrictions: Restrictions
) -> IssuedToken:
    secret = new_token_text()
    check_dialogs(user, restrictions)
    token = APIToken(
        user=user,
        name=name,
        digest=digest(secret),
        hint=hint(secret),
        expires_at=expires_at,
        **restrictions.as_fields(),
    )
    token.full_clean()
    token.save()
    record(Action.TOKEN_ISSUED, row_label(token), f"{token.hint} for {user.username}")
    return IssuedToken(token, secret)


def rotate_token(token: APIToken, overlap: timedelta) -> IssuedToken:
    """Issue a token that replaces this one, which stays valid for `overlap`.

    The new token has the same restrictions and the same lifetime.
    """
    with transaction.atomic():
        now = timezone.now()
        lifetime = token.expires_at - token.created_at if token.expires_at else None
        # The old ones live on for a while, and should not keep anybody from rotating.
        _check_count(token.user, 2 * settings.MAX_TOKENS_PER_USER)
        issued = _issue(
            token.user, token.name, now + lifetime if lifetime else None, restrictions_of(token)
        )
        end = now + overlap if token.expires_at is None else min(now + overlap, token.expires_at)
        active = APIToken.objects.in_state(APIToken.State.ACTIVE)
        # Two may rotate it at once: the one whose UPDATE counts a row was first.
        rotated = active.filter(pk=token.pk, replaced_by=None).update(
            replaced_by=issued.token, expires_at=end
        )
        if not rotated:
            raise NotRotatable("This API token was revoked, has expired, or was rotated before")
        record(Action.TOKEN_ROTATED, row_label(token), f"{token.hint} → {issued.token.hint}")
        publish_credential_change(tokens=[token.pk])
    return issued


def revoke_tokens(tokens: APITokenQuerySet) -> int:
    """How many were not revoked yet. They leave the identity cache of every process."""
    active = list(tokens.filter(revoked_at=None))
    ids = [token.pk for token in active]
    count = APIToken.objects.filter(pk__in=ids, revoked_at=None).update(revoked_at=timezone.now())
    for token in active:
        record(Action.TOKEN_REVOKED, row_label(token), token.hint)
    publish_credential_change(tokens=ids)
    return count


def delete_tokens(tokens: APITokenQuerySet) -> None:
    """Revoked first, which closes their open sockets."""
    revoke_tokens(tokens)
    tokens.delete()


def identify_token(secret: str) -> Identity:
    if not is_token_text(secret):
        raise NotAuthenticated("The API token is incomplete or mistyped")
    wanted = digest(secret)
    token = APIToken.objects.select_related("user").filter(digest=wanted).first()
    if token is None or not hmac.compare_digest(token.digest, wanted):
        raise NotAuthenticated("There is no such API token")
    check_state(token)
    return identity_of(token)


def identity_of(token: APIToken) -> Identity:
    restrictions = restrictions_of(token)
    origins = (parse_origin(origin) for origin in restrictions.origins)
    return Identity(
        user=token.user,
        credential="token",
        token_id=token.id,
        hint=token.hint,
        scopes=restrictions.scopes,
        dialogs=frozenset(restrictions.dialogs) or None,
        origins=frozenset(origin for origin in origins if origin),
        allow_in_url=restrictions.allow_in_url,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def find_token(text: str) -> APIToken | None:
    """By its id, by its hint, or by the secret itself."""
    tokens = APIToken.objects.select_related("user")
    if id := parse_id(text):
        return tokens.filter(pk=id).first()
    by = {"hint": text} if "…" in text else {"digest": digest(text)}
    # Two tokens may have the same hint: then only the id finds them.
    found = list(tokens.filter(**by)[:2])
    return found[0] if len(found) == 1 else None


def count_usage(token_id: UUID, model_tokens: int) -> None:
    """Count a question. In SQL, because it runs for each answer, and the ORM would take as long as
    saving the answer."""
    key = APIToken._meta.pk.get_db_prep_value(token_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_apitoken SET questions = questions + 1,"
            " model_tokens = model_tokens + %s WHERE id = %s",
            [model_tokens, key],
        )


def record_use(identity: Identity, address: str | None = None) -> None:
    """Record, at most once a minute, when the token was used and from where. A failure is only
    logged."""
    if identity.token_id is None or not needs_use_recorded(identity):
        return
    now = timezone.now()
    stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=now - RECORD_USE_EVERY)
    try:
        APIToken.objects.filter(stale, pk=identity.token_id).update(
            last_used_at=now, last_used_from=address
        )
    except DatabaseError:
        logger.warning("Could not note the use of an API token", exc_info=True)


def needs_use_recorded(identity: Identity) -> bool:
    if identity.token_id is None:
        return False
    last = identity.last_used_at
    return last is None or last < timezone.now() - RECORD_USE_EVERY


def check_state(token: APIToken) -> None:
    match token.state:
        case APIToken.State.REVOKED:
            raise NotAuthenticated("This API token was revoked")
        case APIToken.State.EXPIRED:
            raise NotAuthenticated("This API token has expired")
    if not token.user.is_active:
        raise NotAuthenticated("This account is not active")
