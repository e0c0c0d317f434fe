"""No log shows the query of an address, whoever starts the server: `?token=` may be in it."""

import logging

# Who writes addresses into a log: uvicorn's two, and the one of `runserver`.
WRITERS = ("uvicorn.access", "uvicorn.error", "django.channels.server")


class WithoutQuery(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case tuple() as values:
                record.args = tuple(_cut(value) for value in values)
            case dict() as values:
                record.args = {name: _cut(value) for name, value in values.items()}
        return True


def hide_queries() -> None:
    for name in WRITERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, WithoutQuery) for known in logger.filters):
            logger.addFilter(WithoutQuery())


def _cut(value: object) -> object:
    if isinstance(value, str) and value.startswith("/"):
        return value.partition("?")[0]
    return value
