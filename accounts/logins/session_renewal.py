"""Gives a new key to the login session at each sign-in, and so ends the old one.

Django keeps the key when the same user signs in again (ASVS 5.0, 7.2.4). A signal, because Django's
admin has a sign-in view of its own.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from accounts.models import User
from accounts.revocation.broadcast import publish_credential_change


def connect_session_renewal() -> None:
    user_logged_in.connect(_renew, dispatch_uid="renewal")


def _renew(request: HttpRequest, user: User, **_: Any) -> None:
    request.session.cycle_key()
    publish_credential_change(users=[user.pk])
