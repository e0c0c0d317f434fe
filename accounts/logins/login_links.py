"""One-time login links: their page has a button that signs the user in, once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import LoginLink, User
from accounts.secret_format import digest


def issue_login_link(user: User) -> str:
    """The secret, which is the last part of the link's URL. Only its hash is stored."""
    secret = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(seconds=settings.LOGIN_LINK_LIFETIME_S)
    LoginLink.objects.create(
        digest=digest(secret), user=user, stamp=user.login_stamp, expires_at=expires_at
    )
    return secret


def use_login_link(secret: str) -> User | None:
    """The user to sign in; None if it is unknown, expired, used, or made before a new password."""
    link = _find(secret)
    if link is None:
        return None
    # Two browsers may use it at once: the one whose UPDATE counts a row was first.
    used = LoginLink.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now())
    return link.user if used else None


def user_of_login_link(secret: str) -> User | None:
    """The user whom `use_login_link` would sign in. The link is not used up."""
    link = _find(secret)
    return link.user if link else None


def _find(secret: str) -> LoginLink | None:
    links = LoginLink.objects.filter(
        digest=digest(secret),
        used_at=None,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )
    link = links.select_related("user").first()
    return link if link and link.stamp == link.user.login_stamp else None
