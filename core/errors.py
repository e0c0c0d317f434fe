"""The base class of all errors shown to clients, and the kinds that every app needs."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class AppError(Exception):
    """An error that is shown to the caller, over the socket and over REST alike.

    The message is a sentence the caller can act on, `code` is HTTP's number for it, and `details`
    are fields that clients read: ids, `retry_after` in seconds.
    """

    code: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str, **details: str | int | None) -> None:
        super().__init__(message)
        self.details = {name: value for name, value in details.items() if value is not None}


class BadRequest(AppError):
    """The request makes no sense; the sentence names the field."""

    code = HTTPStatus.BAD_REQUEST


class NotFound(AppError):
    """The row does not exist, or it belongs to another user: the same words for both."""

    code = HTTPStatus.NOT_FOUND


class Conflict(AppError):
    """The request cannot be met in the present state; the sentence says what is in the way."""

    code = HTTPStatus.CONFLICT


class TooLarge(AppError):
    """The request, or a part of it, is over a limit of size."""

    code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooManyRequests(AppError):
    """A limit is reached. `retry_after` (seconds) says when it is worth asking again."""

    code = HTTPStatus.TOO_MANY_REQUESTS


class InternalError(AppError):
    """A failure of this server. The sentence carries an id that is in the log."""


class Unavailable(AppError):
    """Something this server needs, such as the database, cannot be reached now."""

    code = HTTPStatus.SERVICE_UNAVAILABLE
