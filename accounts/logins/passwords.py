"""Logging in with a password, by user name or by email address."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.utils.translation import gettext

from accounts.errors import NotAuthenticated
from accounts.models import User
from accounts.revocation.broadcast import publish_credential_change


def log_in(name: str, password: str) -> User:
    """One sentence and the same work whatever is wrong: nobody learns which names exist."""
    user = authenticate(username=name, password=password)
    if not isinstance(user, User):
        raise NotAuthenticated("The name or the password is wrong")
    return user


class NewPasswordIsTold:
    """Among AUTH_PASSWORD_VALIDATORS, since Django tells those whenever a password was changed."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Any password will do."""

    def get_help_text(self) -> str:
        return gettext("A new password ends all logins with the old one.")

    def password_changed(self, password: str, user: User) -> None:
        publish_credential_change(users=[user.pk])


def username_of(email: str) -> str:
    """The name of the one user with this address; empty, which nobody is called, otherwise."""
    names = User.objects.filter(email__iexact=email).values_list("username", flat=True)[:2]
    return names[0] if len(names) == 1 else ""
