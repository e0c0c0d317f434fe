"""Reads the documents of a claim: parses them, makes their chunks, and saves a few at a time."""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import PurePath
from threading import Event, Thread

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.outage import is_away
from knowledge import reading_log, reading_queue
from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.models import Chunk, Document
from knowledge.originals import delete_on_commit, read_original
from knowledge.parsing.parse_document import ParsedDocument
from knowledge.parsing.reader_pool import pool
from knowledge.reading_log import Entry
from knowledge.reading_queue import NOT_WAITING, Claim
from knowledge.text.analysis import index_terms

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
# Documents are saved when they have so many chunks together, or after so many seconds.
MAX_UNSAVED_CHUNKS = 200
MAX_UNSAVED_S = 1
# How much of the work parsing is, in percent.
PARSED = 50
# Documents of a claim that are parsed while the chunks of the one before are made and saved.
PARSED_AHEAD = 2
# The part of a place that says where a chunk is, not what it is about.
PLACE_NUMBER = re.compile(r"(?:page|slide) \d+(?: › )?|sheet ")
NOT_READABLE = _("The file could not be read.")


@dataclass(frozen=True, slots=True)
class Parsed:
    content: ParsedDocument
    # Of the file, in bytes.
    size: int
    # The moment when reading began, of the monotonic clock.
    began: float


@dataclass(frozen=True, slots=True)
class Result:
    document: Document
    # Of the file that was read.
    size: int
    log: list[Entry]
    title: str = ""
    chunks: Sequence[Chunk] = ()
    # Why it could not be read.
    error: str = ""


@dataclass(slots=True)
class Progress:
    """How far a claim is; written to the database when its lease is renewed."""

    document: Document | None = None
    percent: int = 0
    log: list[Entry] = field(default_factory=list)

    def begin(self, document: Document) -> None:
        self.document, self.percent = document, 0
        entry = reading_log.entry(reading_log.READING, worker_name())
        self.log = reading_log.extended(document.log, entry)

    def add(self, event: str, detail: object = "") -> None:
        self.log = reading_log.extended(self.log, reading_log.entry(event, detail))


def read_claimed(claim: Claim) -> None:
    """Raises what keeps it from saving. If the database is away, or this is interrupted, the rest
    is queued again; after other errors its lease ends, so that it is not tried for ever."""
    progress = Progress()
    unsaved: list[Result] = []
    began = time.monotonic()
    try:
        with _renewed(claim, progress), closing(_parse_ahead(claim, progress)) as parsed:
            for document, outcome in parsed:
                unsaved.append(_make_result(document, outcome, progress))
                chunks = sum(len(result.chunks) for result in unsaved)
                if chunks >= MAX_UNSAVED_CHUNKS or time.monotonic() - began > MAX_UNSAVED_S:
                    _save(claim, unsaved)
                    unsaved, began = [], time.monotonic()
            _save(claim, unsaved)
    except BaseException as error:
        if is_away(error) or not isinstance(error, Exception):
            with suppress(DatabaseError):
                reading_queue.give_back(claim)
        raise


@cache
def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def make_chunks(document: Document, parsed: ParsedDocument) -> Iterator[Chunk]:
    for position, chunk in enumerate(parsed.chunks):
        row = Chunk(
            document=document,
            knowledge_base_id=document.knowledge_base_id,
            position=position,
            place=chunk.place,
            text=chunk.text,
        )
        set_terms(row, document)
        yield row


def set_terms(chunk: Chunk, document: Document) -> None:
    title = document.title or PurePath(document.name).stem
    place = (
        PLACE_NUMBER.sub("", chunk.place, count=1)
        if PLACE_NUMBER.match(chunk.place)
        else chunk.place
    )
    chunk.terms = index_terms(chunk.text)
    chunk.title_terms = index_terms(place if place.startswith(title) else f"{title} {place}")


def reindex(document: Document) -> None:
    """Computes the terms of its chunks again, with the analyser of this version."""
    chunks = list(document.chunks.all())
    for chunk in chunks:
        set_terms(chunk, document)
    Chunk.objects.bulk_update(chunks, ["terms", "title_terms"], batch_size=BATCH_SIZE)


def _parse_ahead(
    claim: Claim, progress: Progress
) -> Generator[tuple[Document, Parsed | str], None, None]:
    """Parses in threads of its own, which do not use the database. Ends early if the claim is lost.
    In the place of what cannot be parsed comes the sentence that says why."""
    waiting = deque(claim.documents)
    running: deque[tuple[Document, Future[Parsed | str]]] = deque()
    with ThreadPoolExecutor(PARSED_AHEAD, thread_name_prefix="parsing") as threads:
        while (waiting or running) and not claim.lost.is_set():
            while waiting and len(running) < PARSED_AHEAD:
                document = waiting.popleft()
                running.append((document, threads.submit(_parse, document)))
            document, future = running.popleft()
            progress.begin(document)
            yield document, future.result()
        for _document, future in running:
            future.cancel()


def _parse(document: Document) -> Parsed | str:
    began = time.monotonic()
    try:
        data = read_original(document.new_file or document.file)
        base = document.knowledge_base
        chars = base.chunk_chars or settings.CHUNK_CHARS
        parsed = pool.parse(document.name, data, owner=base.owner_id, chunk_chars=chars)
        return Parsed(parsed, len(data), began)
    except Unreadable as problem:
        return str(problem)
    except FileNotFoundError:
        return _("The original of the file is not there any more. Upload it again.")
    except Exception:
        logger.exception("Document %s could not be read", document.pk.hex)
        return NOT_READABLE


def _make_result(document: Document, parsed: Parsed | str, progress: Progress) -> Result:
    if isinstance(parsed, str):
        return _failed(Result(document, 0, progress.log), parsed)
    count = len(parsed.content.chunks)
    progress.percent = PARSED
    progress.add(reading_log.INDEXING, count)
    document.title = parsed.content.title
    chunks: list[Chunk] = []
    try:
        for chunk in make_chunks(document, parsed.content):
            chunks.append(chunk)
            progress.percent = PARSED + len(chunks) * (100 - PARSED) // count
    except Exception:
        logger.exception("Document %s could not be analysed", document.pk.hex)
        return _failed(Result(document, 0, progress.log), NOT_READABLE)
    progress.add(reading_log.READY, f"{time.monotonic() - parsed.began:.1f}")
    return Result(document, parsed.size, progress.log, parsed.content.title, chunks)


def _failed(result: Result, error: str) -> Result:
    log = reading_log.extended(result.log, reading_log.entry(reading_log.FAILED, error))
    return replace(result, error=error, chunks=(), log=log)


def _save(claim: Claim, results: Sequence[Result]) -> None:
    """Together if possible; one that the database does not take harms no other."""
    try:
        _save_together(claim, results)
    except DatabaseError as error:
        if is_away(error):
            raise
        for result in results:
            _save_alone(claim, result)


def _save_alone(claim: Claim, result: Result) -> None:
    try:
        _save_together(claim, [result])
    except DatabaseError as error:
        if is_away(error):
            raise
        logger.exception("Document %s could not be saved", result.document.pk.hex)
        _save_together(claim, [_failed(result, _("The text of the file could not be saved."))])


@transaction.atomic
def _save_together(claim: Claim, results: Sequence[Result]) -> None:
    """Leaves out what is not the claim's any more: it was stopped, replaced, deleted, or the worker
    was taken for lost."""
    chunks: list[Chunk] = []
    for result in results:
        document = result.document
        row = claim.rows.filter(pk=document.pk)
        changed = {**NOT_WAITING, "log": result.log, "updated_at": timezone.now()}
        if result.error:
            row.update(status=Document.Status.FAILED, error=result.error, **changed)
        elif row.update(**changed, **_ready(result)):
            if document.chunk_count:
                document.chunks.all().delete()
            if document.new_file:
                delete_on_commit([document.file])
            chunks += result.chunks
    Chunk.objects.bulk_create(chunks, batch_size=BATCH_SIZE)


def _ready(result: Result) -> dict[str, object]:
    document = result.document
    return {
        "status": Document.Status.READY,
        "error": "",
        "progress": 100,
        "title": result.title,
        "size": result.size,
        "stored_bytes": result.size,
        "digest": document.new_digest or document.digest,
        "file": document.new_file or document.file,
        "new_file": "",
        "new_digest": "",
        "chunk_count": len(result.chunks),
    }


@contextmanager
def _renewed(claim: Claim, progress: Progress) -> Iterator[None]:
    """Renews the claim in a thread of its own, until the block ends."""
    ended = Event()
    thread = Thread(target=_renew_until, args=[ended, claim, progress], daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew_until(ended: Event, claim: Claim, progress: Progress) -> None:
    try:
        while not ended.wait(reading_queue.RENEW_S):
            try:
                reading_queue.renew(claim)
                if document := progress.document:
                    row = claim.rows.filter(pk=document.pk)
                    row.update(progress=progress.percent, log=progress.log)
            except DatabaseError:
                # The database is away: the lease may end, and another worker read them.
                logger.warning("A claim of documents was not renewed", exc_info=True)
                connection.close()
    finally:
        connection.close()
