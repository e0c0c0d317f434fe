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


class OutOfScope(AccountError):
    """The credential is good, but not for this; the sentence names the scope."""

    code = HTTPStatus.FORBIDDEN


class NoSuchToken(AccountError):
    """There is none, or it is somebody else's: the same words for both."""

    code = HTTPStatus.NOT_FOUND


class NoSuchDialog(AccountError):
    """There is none, or the credential is not for it: the same words for both."""

    code = HTTPStatus.NOT_FOUND


class NotRotatable(AccountError):
    """Only a token that is good, and was not rotated before, gets a new secret."""

    code = HTTPStatus.CONFLICT


class CannotLookUp(AccountError):
    """The database cannot be asked who this is."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class LimitReached(AccountError):
    """Too much of something; `retry_after` (seconds) says when it is worth asking again."""

    code = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.details = {"retry_after": retry_after}
