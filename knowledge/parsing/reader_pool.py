"""Parses documents in a pool of reader processes with limited time and memory.

A few kilobytes made for it can let a parser crash, hang or fill the memory. In a reader process,
that does not harm the server. (Also, PDFium must not be used by two threads at once.)
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Callable, Hashable, Sequence
from threading import Lock, Timer

from django.conf import settings

from core.fair_slots import FairSlots
from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.parse_document import ParsedDocument
from knowledge.parsing.parse_request import ParseRequest
from knowledge.parsing.reader import Outcome, Reader

logger = logging.getLogger(__name__)

# Readers that had nothing to do for so long are ended: each holds some 50 MB.
IDLE_S = 60


class ReaderPool:
    """Readers are started when they are needed, and wait for the next file when they are not."""

    def __init__(self, start: Callable[[], Reader] = Reader) -> None:
        self._start = start
        self._readers: set[Reader] = set()
        # Those that wait, with the time since when; the one used last is used first.
        self._idle: list[tuple[float, Reader]] = []
        self._timer: Timer | None = None
        self._lock = Lock()
        self._slots = FairSlots(lambda: settings.MAX_READERS)

    def parse(self, name: str, data: bytes, *, owner: Hashable, chunk_chars: int) -> ParsedDocument:
        """Raises `Unreadable` with a sentence that says why no text could be read.

        Waits for a free reader; those who wait take turns by `owner`.
        """
        [outcome] = self.parse_all([ParseRequest(name, data, chunk_chars)], owner)
        if isinstance(outcome, Unreadable):
            raise outcome
        return outcome

    def parse_all(self, requests: Sequence[ParseRequest], owner: Hashable) -> list[Outcome]:
        """In one reader, one after the other, and in another if that ends. For small files."""
        outcomes: list[Outcome] = []
        while rest := requests[len(outcomes) :]:
            if rest[0].given_up:
                outcomes.append(Unreadable(rest[0].given_up))
                continue
            with self._slots.slot(owner):
                try:
                    reader = self._take()
                except Unreadable as refusal:
                    return [*outcomes, *([refusal] * len(rest))]
                try:
                    outcomes += reader.parse(rest)
                finally:
                    self._put_back(reader)
        return outcomes

    def close(self) -> None:
        with self._lock:
            readers = self._empty()
        for reader in readers:
            reader.close()

    def begin_anew(self) -> None:
        """For a fork of the server: the readers are its parent's, and its locks may be held."""
        for reader in self._empty():
            reader.forget()
        self._lock = Lock()
        self._slots = FairSlots(lambda: settings.MAX_READERS)

    def _empty(self) -> set[Reader]:
        readers, self._readers = self._readers, set()
        self._idle = []
        if self._timer:
            self._timer.cancel()
            self._timer = None
        return readers

    def _take(self) -> Reader:
        while True:
            with self._lock:
                if not self._idle:
                    break
                _since, reader = self._idle.pop()
            if reader.is_usable:
                return reader
            self._end(reader)
        try:
            reader = self._start()
        except OSError:
            logger.exception("No process can be started to read a file")
            raise Unreadable(
                _("The server has no resources left to read the file. Send it again later.")
            ) from None
        with self._lock:
            self._readers.add(reader)
        return reader

    def _put_back(self, reader: Reader) -> None:
        if not reader.is_usable:
            self._end(reader)
            return
        with self._lock:
            self._idle.append((time.monotonic(), reader))
            if self._timer is None:
                self._start_timer()

    def _end(self, reader: Reader) -> None:
        with self._lock:
            self._readers.discard(reader)
        reader.close()

    def _start_timer(self) -> None:
        self._timer = Timer(IDLE_S, self._close_idle)
        self._timer.daemon = True
        self._timer.start()

    def _close_idle(self) -> None:
        with self._lock:
            long_ago = time.monotonic() - IDLE_S
            expired = [reader for since, reader in self._idle if since <= long_ago]
            self._idle = [(since, reader) for since, reader in self._idle if since > long_ago]
            self._timer = None
            if self._idle:
                self._start_timer()
        for reader in expired:
            self._end(reader)


# The pool of this process. Its readers are started when the first file is read.
pool = ReaderPool()
atexit.register(pool.close)
if hasattr(os, "register_at_fork"):  # Windows has no forks.
    os.register_at_fork(after_in_child=pool.begin_anew)
