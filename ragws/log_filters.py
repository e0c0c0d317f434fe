"""No log shows a secret: neither the query of an address nor what looks like a credential."""

import logging
import re
import traceback
from collections.abc import Iterable
from functools import cache
from types import TracebackType

from django.conf import settings

from core.redaction import HIDDEN, redact

# Who writes addresses into a log: uvicorn's two, and the one of `runserver`.
WRITERS = ("uvicorn.access", "uvicorn.error", "django.channels.server")
# A configured secret that is shorter would be found in any text.
SHORTEST = 8
SECRET_NAMES = re.compile("KEY|SECRET|TOKEN|PASS", re.IGNORECASE)


class WithoutQuery(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case tuple() as values:
                record.args = tuple(_cut(value) for value in values)
            case dict() as values:
                record.args = {name: _cut(value) for name, value in values.items()}
        return True


class WithoutSecrets(logging.Filter):
    """The message, its traceback and its stack, as they will be written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = hide_secrets(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _told(record.exc_info)
        if record.exc_text:
            record.exc_text = hide_secrets(record.exc_text)
        if record.stack_info:
            record.stack_info = hide_secrets(record.stack_info)
        return True


def hide_secrets(text: str) -> str:
    """Those that can be recognised, and those of our own settings, which may look like anything."""
    text = redact(text)
    for secret in configured_secrets():
        text = text.replace(secret, HIDDEN)
    return text


@cache
def configured_secrets() -> set[str]:
    return set(_secrets_in(settings.ENGINES)) | {
        value
        for value in (settings.SECRET_KEY, settings.JWT_KEY, *settings.JWT_KEY_FALLBACKS)
        if len(value) >= SHORTEST
    }


def _secrets_in(value: object, name: str = "") -> Iterable[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _secrets_in(inner, str(key))
        case str() if len(value) >= SHORTEST and SECRET_NAMES.search(name):
            yield value


def _told(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None],
) -> str:
    return "".join(traceback.format_exception(*exc_info)).rstrip("\n")


def hide_queries() -> None:
    for name in WRITERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, WithoutQuery) for known in logger.filters):
            logger.addFilter(WithoutQuery())


def _cut(value: object) -> object:
    if isinstance(value, str) and value.startswith("/"):
        return redact(value.partition("?")[0])
    return value
