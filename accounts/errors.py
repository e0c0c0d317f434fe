"""Errors of authentication and access. Each sentence is short enough for a close frame."""

from __future__ import annotations

from http import HTTPStatus

from core.errors import AppError, Conflict, NotFound, TooManyRequests

NO_CREDENTIAL = "Send `Authorization: Bearer <API token>` or `?token=<API token>`"


class NotAuthenticated(AppError):
    """No valid credential was presented."""

    code = HTTPStatus.UNAUTHORIZED


class CredentialsDisagree(NotAuthenticated):
    """Two credentials belong to different users; picking one would be a guess."""


class OutOfScope(AppError):
    """The credential is valid, but not for this; the sentence names the missing scope."""

    code = HTTPStatus.FORBIDDEN


class NoSuchToken(NotFound):
    """It does not exist, or belongs to another user: the same words for both."""


class NoSuchDialog(NotFound):
    """It does not exist, or the credential is not for it: the same words for both."""


class NotRotatable(Conflict):
    """Only an active token that was not rotated before gets a new secret."""


class TooManyTokens(Conflict):
    """The user has as many active API tokens as allowed."""


class LimitReached(TooManyRequests):
    """A rate limit or a quota is reached; `retry_after` is always given."""
