"""Password authentication, by user name or email address, and what a new password ends."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext

from accounts.errors import NotAuthenticated
from accounts.models import User
from accounts.revocation.broadcast import publish_credential_change


def authenticate_user(request: HttpRequest, name: str, password: str, typed: str = "") -> User:
    """The same error and the same work whatever is wrong, so that names cannot be probed. `typed`
    is what was typed in place of a user name."""
    user = authenticate(request, username=name, password=password, typed=typed)
    if not isinstance(user, User):
        raise NotAuthenticated("The name or the password is wrong")
    return user


class PublishPasswordChange:
    """One of AUTH_PASSWORD_VALIDATORS, because Django tells those of each changed password."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Accept any password."""

    def get_help_text(self) -> str:
        return gettext("A new password ends all logins with the old one.")

    def password_changed(self, password: str, user: User) -> None:
        publish_credential_change(users=[user.pk])


def username_of(email: str) -> str:
    """The name of the only user with this address; otherwise empty, which is no user's name."""
    names = User.objects.filter(email__iexact=email).values_list("username", flat=True)[:2]
    return names[0] if len(names) == 1 else ""
