"""System checks of the settings of mini programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# A platform is part of an end user's name, which has at most 64 characters.
NAME = re.compile("[a-z][a-z0-9-]{0,19}")
# Other addresses under /api/v1/auth/.
RESERVED_NAMES = ("login", "refresh", "logout", "ticket")


def check_mini_programs(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"MINI_PROGRAMS[{name!r}] {complaint}",
            hint=f"Correct it, or empty {name.upper()}_APP_ID to do without",
            id="accounts.E006",
        )
        for name, options in settings.MINI_PROGRAMS.items()
        if options.get("APP_ID")
        for complaint in _complaints(name, options)
    ]


def _complaints(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(name) or name in RESERVED_NAMES:
        yield "has a name that is no name of a mini program"
    if not NAME.fullmatch(options.get("PLATFORM", name)):
        yield "has a PLATFORM that is none"
    if not options.get("SECRET"):
        yield "has an APP_ID, and no SECRET"
    if not _is_safe(options.get("BASE_URL", "")):
        yield "has a BASE_URL that is no https:// address: the secret is sent there"


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return is_here or (parts.scheme == "https" and bool(parts.hostname))


def check_timeout(**_: Any) -> list[CheckMessage]:
    if settings.MINI_PROGRAM_TIMEOUT_S > 0:
        return []
    name = "MINI_PROGRAM_TIMEOUT_S"
    return [Error(f"{name} must be more than 0", hint=f"Set {name}", id="accounts.E007")]


CHECKS = (check_mini_programs, check_timeout)
