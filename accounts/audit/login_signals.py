"""Records sign-ins and sign-outs from Django's signals, which its admin sends as well."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from accounts.audit.record import record
from accounts.models import Action, User


def connect_login_signals() -> None:
    user_logged_in.connect(_record_login, dispatch_uid="audit")
    user_logged_out.connect(_record_logout, dispatch_uid="audit")
    user_login_failed.connect(_record_failure, dispatch_uid="audit")


def _record_login(user: User, **_: Any) -> None:
    record(Action.LOGIN, user=user)


def _record_logout(user: User | None, **_: Any) -> None:
    if user is not None:
        record(Action.LOGOUT, user=user)


def _record_failure(credentials: dict[str, Any], **_: Any) -> None:
    """The name is recorded only if there is such a user: people type passwords in its field."""
    username = str(credentials.get("username", ""))
    known = User.objects.filter(username=username).first()
    what = f"user {known.pk.hex}" if known else ""
    record(Action.LOGIN_FAILED, what, known.username if known else "no such user")
