"""Places from which a user has signed in before: a browser with our cookie, or an address.

An attacker who tries passwords elsewhere makes strangers wait, but not them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import Action, AuditEvent, User
from core.client_address import network_of

COOKIE = "ragws_known"
SALT = "accounts.known_browsers"
LIFETIME = timedelta(days=180)
MAX_ADDRESSES = 50
# The key in `request.META` of the user who has just signed in.
SIGNED_IN = "ragws.signed_in"


def known_place(user: User, cookie: str, address: str | None) -> str:
    """A name for it; empty for strangers."""
    if _user_in(cookie) == user.pk.hex:
        return "browser"
    network = network_of(address) if address else ""
    return f"network {network}" if network and network in _networks_of(user) else ""


def _user_in(cookie: str) -> str:
    try:
        return str(signing.loads(cookie, salt=SALT, max_age=LIFETIME))
    except signing.BadSignature:
        return ""


def _networks_of(user: User) -> set[str]:
    """Of the newest logins. Mini program users log in as end users of the user."""
    logins = AuditEvent.objects.filter(
        action=Action.LOGIN, user_id=user.pk, at__gt=timezone.now() - LIFETIME
    ).exclude(detail__startswith="mini program")
    addresses = logins.exclude(address="").values_list("address", flat=True)[:MAX_ADDRESSES]
    return {network_of(address) for address in addresses}


def connect_known_browsers() -> None:
    user_logged_in.connect(_note_sign_in, dispatch_uid="known_browsers")


def _note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    request.META[SIGNED_IN] = user.pk.hex


def set_known_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    if user_id := request.META.get(SIGNED_IN):
        response.set_cookie(
            COOKIE,
            signing.dumps(user_id, salt=SALT),
            max_age=LIFETIME,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
