"""Watches a claim while its documents are read: renews it, writes down how far they are, and gives
up what was stopped, replaced or deleted meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from django.db import DatabaseError, connection

from knowledge import reading_log, reading_queue
from knowledge.models import Document
from knowledge.parsing.parse_request import ParseRequest
from knowledge.reading_log import Entry
from knowledge.reading_queue import Claim

logger = logging.getLogger(__name__)

# Seconds before the first look: most claims have ended by then, and take no connection for it.
FIRST_LOOK_S = 0.25
# Between two looks if nothing wakes the watch.
LOOK_S = 1.0
# How much of the work parsing is, in percent.
PARSED = 50


@dataclass(slots=True, eq=False)
class Reading:
    """A document of a claim, while it is read."""

    document: Document
    log: list[Entry] = field(default_factory=list)
    request: ParseRequest | None = None
    # Of the file, in bytes.
    size: int = 0
    is_parsed: bool = False
    # The share of its chunks that are made, from 0 to 1.
    indexed: float = 0
    # The moment when reading began, of the monotonic clock.
    began: float = 0

    def begin(self, worker: str) -> None:
        self.began = time.monotonic()
        self.log = reading_log.extended(
            self.document.log, reading_log.entry(reading_log.READING, worker)
        )

    def parsed(self, chunks: int) -> None:
        self.is_parsed = True
        self.add(reading_log.INDEXING, chunks)

    def add(self, event: str, detail: object = "") -> None:
        self.log = reading_log.extended(self.log, reading_log.entry(event, detail))

    @property
    def percent(self) -> int:
        if self.is_parsed:
            return int(PARSED + self.indexed * (100 - PARSED))
        return int(self.request.progress * PARSED) if self.request else 0


@contextmanager
def watched(claim: Claim, readings: Sequence[Reading]) -> Iterator[None]:
    """In a thread of its own, until the block ends."""
    if connection.in_atomic_block:
        # Others do not see the claim yet.
        yield
        return
    thread = Thread(target=_watch, args=[claim, readings], daemon=True)
    thread.start()
    try:
        yield
    finally:
        claim.end()
        thread.join()


def _watch(claim: Claim, readings: Sequence[Reading]) -> None:
    written: dict[Reading, tuple[int, list[Entry]]] = {}
    renewed = time.monotonic()
    try:
        claim.ended.wait(FIRST_LOOK_S)
        while not claim.ended.is_set():
            try:
                if time.monotonic() - renewed >= reading_queue.RENEW_S:
                    reading_queue.renew(claim)
                    renewed = time.monotonic()
                reading_queue.give_up_lost(claim)
                _write_progress(claim, readings, written)
            except DatabaseError:
                # The database is away: the lease may end, and another worker read them.
                logger.warning("A claim of documents was not renewed", exc_info=True)
                connection.close()
            claim.wait_for_wake(LOOK_S)
    finally:
        connection.close()


def _write_progress(
    claim: Claim, readings: Sequence[Reading], written: dict[Reading, tuple[int, list[Entry]]]
) -> None:
    for reading in readings:
        state = reading.percent, reading.log
        if reading.log and written.get(reading) != state:
            row = claim.rows.filter(pk=reading.document.pk)
            row.update(progress=reading.percent, log=reading.log)
            written[reading] = state
