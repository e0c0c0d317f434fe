"""What the code that runs now works for: the HTTP request or the answer that log lines name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_context: ContextVar[str] = ContextVar("log_context", default="")


@contextmanager
def log_context(name: str) -> Iterator[None]:
    """Tasks that are started inside, and threads that asgiref runs, keep it."""
    token = _context.set(name)
    try:
        yield
    finally:
        _context.reset(token)


def current_log_context() -> str:
    return _context.get()
