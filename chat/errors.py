"""Errors of a conversation that no other app has."""

from __future__ import annotations

from http import HTTPStatus

from core.errors import AppError


class Interrupted(AppError):
    """The server was shut down, or died, while it was writing the answer."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class WriterUnreachable(AppError):
    """Another process writes the answer, and cannot be told now to stop it."""

    code = HTTPStatus.SERVICE_UNAVAILABLE
