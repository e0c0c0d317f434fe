"""The user that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import User


def user_named(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}")
    return user
