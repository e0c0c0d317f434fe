"""Logins and logouts, of which Django tells by signals: its admin has doors of its own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from accounts.audit.record import record
from accounts.models import Action, User


def connect_login_signals() -> None:
    user_logged_in.connect(_note_login, dispatch_uid="audit")
    user_logged_out.connect(_note_logout, dispatch_uid="audit")
    user_login_failed.connect(_note_failure, dispatch_uid="audit")


def _note_login(user: User, **_: Any) -> None:
    record(Action.LOGIN, user=user)


def _note_logout(user: User | None, **_: Any) -> None:
    if user is not None:
        record(Action.LOGOUT, user=user)


def _note_failure(credentials: dict[str, Any], **_: Any) -> None:
    """Named only if there is such a user: people type passwords where the name belongs."""
    username = str(credentials.get("username", ""))
    known = User.objects.filter(username=username).first()
    what = f"user {known.pk.hex}" if known else ""
    record(Action.LOGIN_FAILED, what, known.username if known else "no such user")
