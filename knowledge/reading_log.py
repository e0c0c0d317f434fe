"""The log of a document: when it was queued, read and indexed, and how that ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document

MAX_ENTRIES = 20

QUEUED = "queued"
READING = "reading"
INDEXING = "indexing"
READY = "ready"
UNCHANGED = "unchanged"
FAILED = "failed"
STOPPED = "stopped"
LOST = "lost"
GIVEN_BACK = "given back"

SENTENCES = {
    QUEUED: _("Waits to be read."),
    READING: _("Is read by the worker %s."),
    INDEXING: _("Has %s passages, which are indexed."),
    READY: _("Ready. Reading and indexing took %s seconds."),
    UNCHANGED: _("The version that is searched was uploaded again."),
    FAILED: _("Failed. %s"),
    STOPPED: _("Was stopped."),
    LOST: _("The worker that read it is gone."),
    GIVEN_BACK: _("The worker that read it was stopped; another one will read it."),
}

Entry = list[Any]


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    sentence: str


def entry(event: str, detail: object = "") -> Entry:
    return [int(time.time() * 1000), event, str(detail)]


def extended(log: Sequence[Entry], *entries: Entry) -> list[Entry]:
    return [*log, *entries][-MAX_ENTRIES:]


def lines(document: Document) -> Iterator[LogLine]:
    """In the active language."""
    for at, event, detail in document.log:
        sentence = str(SENTENCES[event])
        if "%s" in sentence:
            sentence %= gettext(detail) if event == FAILED and detail else detail
        yield LogLine(datetime.fromtimestamp(at / 1000, UTC), sentence)
