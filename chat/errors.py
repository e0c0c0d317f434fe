"""The errors of answers, beside those in `core.errors`."""

from __future__ import annotations

from http import HTTPStatus

from core.errors import AppError

# Seconds after which another process takes the clients of one that leaves.
RETRY_AFTER_S = 1


class Interrupted(AppError):
    """The server was shut down, or died, while it was writing the answer."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class ServerLeaving(AppError):
    """The server restarts, and has not taken the question: `taken` is False, and the client asks
    again on a new connection, which reaches another process, or the next one."""

    code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        message = "The server restarts: connect again and ask there, with the same `request_id`"
        super().__init__(message, retry_after=RETRY_AFTER_S, taken=False)


class WriterUnreachable(AppError):
    """Another process writes the answer, and the request to stop it does not reach that process."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class ReadingEnded(AppError):
    """The answer goes on, but not here: the client reads on from its offset, with a new request,
    which reaches another process, or the next one."""

    code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str, retry_after: int = RETRY_AFTER_S) -> None:
        super().__init__(message, retry_after=retry_after)
