"""The errors of answers, beside those in `core.errors`."""

from __future__ import annotations

from http import HTTPStatus

from core.errors import AppError


class Interrupted(AppError):
    """The server was shut down, or died, while it was writing the answer."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class WriterUnreachable(AppError):
    """Another process writes the answer, and the request to stop it does not reach that process."""

    code = HTTPStatus.SERVICE_UNAVAILABLE
