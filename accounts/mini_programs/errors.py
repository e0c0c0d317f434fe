"""Errors of logins by mini programs, each with a sentence for the user or the operator."""

from __future__ import annotations

from http import HTTPStatus

from core.errors import AppError, BadRequest, NotFound, TooManyRequests, Unavailable


class NoSuchMiniProgram(NotFound):
    """The settings name no such mini program, or it has no APP_ID."""


class ChatIdNeeded(BadRequest):
    """Several users have dialogs that are open to mini programs: the `chat_id` has to say which."""


class Blocked(AppError):
    """Blocked by an operator of this server, or by the platform."""

    code = HTTPStatus.FORBIDDEN


class TooOften(TooManyRequests):
    """The platform's own rate limit is reached."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=60)


class Misconfigured(AppError):
    """The platform does not accept our settings. The log tells which of them."""


class PlatformFailed(AppError):
    """The platform cannot be reached, or its answer makes no sense."""

    code = HTTPStatus.BAD_GATEWAY


class Busy(Unavailable):
    """The platform is overloaded, or so slow that too many requests wait for it already."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=1)
