"""Why a mini program's user cannot log in, each in the words of whoever is to act on it."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from accounts.errors import AccountError


class NoSuchMiniProgram(AccountError):
    """The settings name none, or it has no APP_ID."""

    code = HTTPStatus.NOT_FOUND


class ChatIdNeeded(AccountError):
    """Several people have dialogs that are open to mini programs: only the dialog says whose."""

    code = HTTPStatus.BAD_REQUEST


class Blocked(AccountError):
    """By an operator of this server, or by the platform."""

    code = HTTPStatus.FORBIDDEN


class TooOften(AccountError):
    """The platform lets nobody log in that often."""

    code = HTTPStatus.TOO_MANY_REQUESTS
    details: ClassVar[dict[str, int]] = {"retry_after": 60}


class Misconfigured(AccountError):
    """The platform does not accept what our settings say. The log tells which of them."""

    code = HTTPStatus.INTERNAL_SERVER_ERROR


class PlatformFailed(AccountError):
    """The platform cannot be reached, or says something nobody understands."""

    code = HTTPStatus.BAD_GATEWAY


class Busy(AccountError):
    """The platform has too much to do, or is so slow that too many wait for it already."""

    code = HTTPStatus.SERVICE_UNAVAILABLE
    details: ClassVar[dict[str, int]] = {"retry_after": 1}
