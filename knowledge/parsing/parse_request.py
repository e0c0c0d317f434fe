"""A file that is to be parsed: how far that is, and how to give it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


class ParseRequest:
    """One thread waits for the outcome; others may ask how far it is, or give it up."""

    def __init__(self, name: str, data: bytes, chunk_chars: int) -> None:
        self.name, self.data, self.chunk_chars = name, data, chunk_chars
        # The share of its pages, sheets or slides that are read, from 0 to 1.
        self.progress = 0.0
        # Why it was given up, if it was.
        self.given_up = ""
        self._lock = Lock()
        self._kill: Callable[[], None] | None = None

    def give_up(self, why: str) -> None:
        """Kills the process that parses it, if one does already."""
        with self._lock:
            self.given_up = self.given_up or why
            if self._kill:
                self._kill()

    @contextmanager
    def parsed_by(self, kill: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._kill = kill
            if self.given_up:
                kill()
        try:
            yield
        finally:
            # From here on the process works for the next request.
            with self._lock:
                self._kill = None
