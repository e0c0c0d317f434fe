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
