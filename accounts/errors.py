"""Why somebody may not come in. Each error is a sentence, short enough for a close frame."""

from http import HTTPStatus


class AccountError(Exception):
    """What went wrong, for whoever asked; `code` is HTTP's number for it."""

    code = HTTPStatus.BAD_REQUEST


class NotAuthenticated(AccountError):
    """Nothing that was presented says who this is."""

    code = HTTPStatus.UNAUTHORIZED


class CredentialsDisagree(NotAuthenticated):
    """Two credentials name two users; picking one would be a guess."""
