"""What can go wrong in a conversation. Each error is a sentence the client can act on."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class ChatError(Exception):
    """`details` go into the error frame's `data`: ids, `retry_after`."""

    code: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str, **details: str | int | None) -> None:
        super().__init__(message)
        self.details = {name: value for name, value in details.items() if value is not None}


class BadFrame(ChatError):
    """The client sent something we cannot make sense of; the sentence names the field."""

    code = HTTPStatus.BAD_REQUEST


class NotSignedIn(ChatError):
    """The connection has no valid credential, or no longer."""

    code = HTTPStatus.UNAUTHORIZED


class Forbidden(ChatError):
    """The credential is not for this; the sentence names the scope that is missing."""

    code = HTTPStatus.FORBIDDEN


class NotFound(ChatError):
    """It does not exist, or it is somebody else's: the same words for both."""

    code = HTTPStatus.NOT_FOUND


class Conflict(ChatError):
    """It cannot be done in the present state; the sentence says what is in the way."""

    code = HTTPStatus.CONFLICT


class TooLarge(ChatError):
    code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooMany(ChatError):
    """A limit is reached. `retry_after` (seconds) says when it is worth asking again."""

    code = HTTPStatus.TOO_MANY_REQUESTS


class Failed(ChatError):
    """Our fault. The sentence carries an id that is in the log."""

    code = HTTPStatus.INTERNAL_SERVER_ERROR


class ModelFailed(ChatError):
    """The model's server failed or refused."""

    code = HTTPStatus.BAD_GATEWAY


class Interrupted(ChatError):
    """The server was shut down, or died, while it was writing the answer."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class Unreachable(ChatError):
    """Another process would have to be told, and there is no way to it now."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class Unavailable(ChatError):
    """The database cannot be reached, or takes nothing."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class ModelTimedOut(ChatError):
    """The model's server did not answer in time."""

    code = HTTPStatus.GATEWAY_TIMEOUT
