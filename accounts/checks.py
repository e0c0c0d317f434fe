"""System checks of the settings for authentication and limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from django.conf import settings
from django.core.checks import CheckMessage, Error

from accounts.limits.kinds import KINDS, Role
from accounts.origins import parse_origin

# RFC 7518, section 3.2: a key for HS256 is at least as long as the hash.
MIN_KEY_BYTES = 32
LIFETIMES = (
    "JWT_LIFETIME_S",
    "REFRESH_LIFETIME_S",
    "LOGIN_LIFETIME_DAYS",
    "TICKET_LIFETIME_S",
    "LOGIN_LINK_LIFETIME_S",
)
# The protocol promises that a revoked credential is refused by then, even without a broadcast.
MAX_IDENTITY_CACHE_S = 60


def check_jwt_keys(**_: Any) -> list[CheckMessage]:
    keys = {"JWT_KEY": [settings.JWT_KEY], "JWT_KEY_FALLBACKS": settings.JWT_KEY_FALLBACKS}
    return [*_check_lengths(keys), *_check_own_key()]


def check_lifetimes(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"{name} must be at least 1 second", hint=f"Set {name}", id="accounts.E003")
        for name in LIFETIMES
        if getattr(settings, name) < 1
    ]


def check_identity_cache(**_: Any) -> list[CheckMessage]:
    wrong = []
    if not 0 <= settings.IDENTITY_CACHE_S <= MAX_IDENTITY_CACHE_S:
        wrong.append(f"IDENTITY_CACHE_S must be from 0 to {MAX_IDENTITY_CACHE_S}")
    if settings.IDENTITY_CACHE_SIZE < 1:
        wrong.append("IDENTITY_CACHE_SIZE must be at least 1")
    return [
        Error(message, hint=f"Correct or remove {message.split()[0]}", id="accounts.E005")
        for message in wrong
    ]


def check_limits(**_: Any) -> list[CheckMessage]:
    names = [f"{role}_{kind.setting}" for kind in KINDS for role in get_args(Role)]
    wrong = [f"{name} must not be negative" for name in names if getattr(settings, name, 0) < 0]
    if settings.TRUSTED_PROXIES < 0:
        wrong.append("TRUSTED_PROXIES must not be negative")
    if settings.MODEL_TOKENS_SET_ASIDE < 1:
        wrong.append("MODEL_TOKENS_SET_ASIDE must be at least 1")
    return [
        Error(message, hint=f"Correct or remove {message.split()[0]}", id="accounts.E008")
        for message in wrong
    ]


def check_allowed_origins(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"ALLOWED_ORIGINS has {origin!r}, which is no origin",
            hint="Write it as https://app.example.org, without a path",
            id="accounts.E004",
        )
        for origin in settings.ALLOWED_ORIGINS
        if parse_origin(origin) is None
    ]


def _check_lengths(keys: Mapping[str, Sequence[str]]) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is shorter than {MIN_KEY_BYTES} bytes",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="accounts.E001",
        )
        for name, values in keys.items()
        if any(len(value.encode()) < MIN_KEY_BYTES for value in values)
    ]


def _check_own_key() -> list[CheckMessage]:
    if settings.SECRET_KEY not in (settings.JWT_KEY, *settings.JWT_KEY_FALLBACKS):
        return []
    hint = "Set JWT_KEY to a secret of its own"
    return [Error("JWT_KEY is the same as SECRET_KEY", hint=hint, id="accounts.E002")]


CHECKS = (
    check_jwt_keys,
    check_lifetimes,
    check_identity_cache,
    check_limits,
    check_allowed_origins,
)
