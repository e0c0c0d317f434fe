"""What can go wrong with knowledge, each with the HTTP number it is told with."""

from http import HTTPStatus


class KnowledgeError(Exception):
    code = HTTPStatus.INTERNAL_SERVER_ERROR


class Unreadable(KnowledgeError):
    """The file gives no text. The sentence says why, to the person who sent it."""

    code = HTTPStatus.UNPROCESSABLE_ENTITY


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for the translators; the page that shows it translates it.

    Django's own would load the settings first, which a process that reads one file does without.
    """
    return sentence
