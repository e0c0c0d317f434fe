"""The authentication backend of every way to sign in with a password: REST, the form, the admin.

A failure is counted before the password is hashed, and taken back if it was none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.audit.actor import Actor
from accounts.audit.record import record_refusal
from accounts.errors import LimitReached
from accounts.limits.check import refund_failure, reserve_failure
from accounts.limits.password_attempts import PasswordAttempt
from accounts.logins.hash_slots import hash_slots
from accounts.logins.known_browsers import COOKIE, known_place
from accounts.models import User
from core.client_address import address_in_meta, network_of
from core.errors import AppError

# The key in `request.META` that says that a failure has been counted already.
FAILURE_COUNTED = "ragws.failure_counted"


class PasswordBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        typed: str = "",
        **kwargs: Any,
    ) -> Any:
        """`typed` is what was typed in place of a user name. Raises `LimitReached`, and
        `Unavailable` if too many passwords wait to be hashed."""
        if username is None or password is None:
            return None
        if request is None:
            return super().authenticate(None, username, password, **kwargs)
        address = address_in_meta(request.META)
        reserve_failure(address)
        request.META[FAILURE_COUNTED] = True
        with _refunded_on_error(request, address):
            attempt = _begin_attempt(username or typed, request, address)
            with _taken_back_on_error(attempt), hash_slots.slot(network_of(address or "")):
                user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            attempt.succeed()
            refund_failure(address)
        return user


def _begin_attempt(name: str, request: HttpRequest, address: str | None) -> PasswordAttempt:
    attempt = PasswordAttempt(name)
    try:
        attempt.begin()
    except LimitReached:
        user = User.objects.filter(username=name).first()
        cookie = request.COOKIES.get(COOKIE, "")
        place = known_place(user, cookie, address) if user else ""
        if not place:
            raise
        attempt = PasswordAttempt(name, place)
        attempt.begin()
    return attempt


@contextmanager
def _refunded_on_error(request: HttpRequest, address: str | None) -> Iterator[None]:
    """No password was looked at. An attempt that comes too early for its account stays counted:
    otherwise any number of them could be sent."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, LimitReached):
            refund_failure(address)
        if isinstance(error, AppError):
            record_refusal(error, request.path, Actor(address=address or ""))
        raise


@contextmanager
def _taken_back_on_error(attempt: PasswordAttempt) -> Iterator[None]:
    try:
        yield
    except Exception:
        attempt.take_back()
        raise
