"""Errors of reading documents, and a way to mark their sentences for translation."""

from http import HTTPStatus

from core.errors import AppError


class Unreadable(AppError):
    """No text could be read from the file. The sentence tells the sender of the file why."""

    code = HTTPStatus.UNPROCESSABLE_ENTITY


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation; the page that shows it translates it.

    Django's own function would load the settings, which a process that reads one file avoids.
    """
    return sentence


class EmbeddingFailed(Exception):
    """There are no vectors of these texts. The sentence names no key and no address."""

    def __init__(self, sentence: str, *, retry_after_s: float = 0) -> None:
        super().__init__(sentence)
        # After how long the server wants to be asked again; 0: it did not say.
        self.retry_after_s = retry_after_s
