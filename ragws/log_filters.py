"""Log filters that remove secrets, the query strings of addresses and credentials, and escape what
would steer a terminal or begin a line of its own.
"""

import logging
import re
import traceback
from collections.abc import Iterable
from functools import cache
from types import TracebackType

from django.conf import settings

from core.printable import escape_unprintable
from core.redaction import HIDDEN, redact

# The loggers that write addresses: two of uvicorn, and the one of `runserver`.
ADDRESS_LOGGERS = ("uvicorn.access", "uvicorn.error", "django.channels.server")
# A shorter secret would be found in ordinary text.
MIN_SECRET_CHARS = 8
SECRET_NAMES = re.compile("KEY|SECRET|TOKEN|PASS", re.IGNORECASE)


class QueryStringFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case tuple() as values:
                record.args = tuple(_without_query(value) for value in values)
            case dict() as values:
                record.args = {name: _without_query(value) for name, value in values.items()}
        return True


class SecretsFilter(logging.Filter):
    """Redacts the message, its traceback and its stack as they will be written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = escape_unprintable(redact_secrets(record.getMessage()))
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = _format_traceback(record.exc_info)
        if record.exc_text:
            record.exc_text = escape_unprintable(redact_secrets(record.exc_text), kept="\n")
        if record.stack_info:
            record.stack_info = escape_unprintable(redact_secrets(record.stack_info), kept="\n")
        return True


def redact_secrets(text: str) -> str:
    """Redacts what is recognised as a secret, and the configured ones, whatever they look like."""
    text = redact(text)
    for secret in configured_secrets():
        text = text.replace(secret, HIDDEN)
    return text


@cache
def configured_secrets() -> set[str]:
    return set(_secrets_in(settings.ENGINES)) | {
        value
        for value in (
            *(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS),
            *(settings.JWT_KEY, *settings.JWT_KEY_FALLBACKS),
        )
        if len(value) >= MIN_SECRET_CHARS
    }


def _secrets_in(value: object, name: str = "") -> Iterable[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _secrets_in(inner, str(key))
        case str() if len(value) >= MIN_SECRET_CHARS and SECRET_NAMES.search(name):
            yield value


def _format_traceback(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None],
) -> str:
    return "".join(traceback.format_exception(*exc_info)).rstrip("\n")


def install_query_string_filters() -> None:
    for name in ADDRESS_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, QueryStringFilter) for known in logger.filters):
            logger.addFilter(QueryStringFilter())


def _without_query(value: object) -> object:
    if isinstance(value, str) and value.startswith("/"):
        return redact(value.partition("?")[0])
    return value
