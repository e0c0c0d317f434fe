"""Reads the documents of a claim: parses them, makes their chunks, and saves a few at a time."""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import cache
from itertools import groupby
from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from core.outage import is_away
from knowledge import reading_log, reading_queue
from knowledge.claim_watch import Reading, watched
from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.models import Chunk, Document
from knowledge.originals import read_original
from knowledge.parsing.parse_document import ParsedDocument
from knowledge.parsing.parse_request import ParseRequest
from knowledge.parsing.reader import Outcome
from knowledge.parsing.reader_pool import pool
from knowledge.reading_queue import Claim
from knowledge.reading_results import Result, failed, save
from knowledge.text.analysis import index_terms
from knowledge.text.places import SEPARATOR

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
# Documents are saved when they have so many chunks together, or after so many seconds.
MAX_UNSAVED_CHUNKS = 200
MAX_UNSAVED_S = 1
# Small documents of one owner are sent to a reader together.
GROUP_DOCUMENTS = 16
GROUP_BYTES = 128 * 1024
# Groups that are parsed while the chunks of the one before are made and saved.
PARSED_AHEAD = 2
# The part of a place that says where a chunk is, not what it is about.
PLACE_NUMBER = re.compile(rf"(?:page|slide) \d+(?:{SEPARATOR})?|sheet ")
NOT_READABLE = _("The file could not be read.")


def read_claimed(claim: Claim) -> None:
    """Raises what keeps it from saving. If the database is away, or this is interrupted, the rest
    is queued again; after other errors its lease ends, so that it is not tried for ever."""
    readings = [Reading(document) for document in claim.documents]
    unsaved: list[Result] = []
    began = time.monotonic()
    try:
        with watched(claim, readings), closing(_parse_ahead(claim, readings)) as parsed:
            for reading, outcome in parsed:
                unsaved.append(_make_result(reading, outcome))
                chunks = sum(len(result.chunks) for result in unsaved)
                if chunks >= MAX_UNSAVED_CHUNKS or time.monotonic() - began > MAX_UNSAVED_S:
                    save(claim, unsaved)
                    unsaved, began = [], time.monotonic()
            save(claim, unsaved)
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
    if not chunk.is_enabled:
        chunk.terms = chunk.title_terms = ""
        return
    named = [title, place, *chunk.keywords, *chunk.questions]
    chunk.terms = index_terms(chunk.text)
    chunk.title_terms = index_terms(" ".join(named[1:] if place.startswith(title) else named))


def reindex(document: Document) -> None:
    """Computes the terms of its chunks again, with the analyser of this version."""
    chunks = list(document.chunks.all())
    for chunk in chunks:
        set_terms(chunk, document)
    Chunk.objects.bulk_update(chunks, ["terms", "title_terms"], batch_size=BATCH_SIZE)


def _parse_ahead(
    claim: Claim, readings: Iterable[Reading]
) -> Generator[tuple[Reading, Outcome], None, None]:
    """Parses in threads of its own, which do not use the database. Ends early if the claim is lost,
    and leaves out what was given up."""
    waiting = deque(_groups(readings))
    running: deque[tuple[list[Reading], Future[list[Outcome]]]] = deque()
    with ThreadPoolExecutor(PARSED_AHEAD, thread_name_prefix="parsing") as threads:
        while (waiting or running) and not claim.lost.is_set():
            while waiting and len(running) < PARSED_AHEAD:
                group = waiting.popleft()
                running.append((group, threads.submit(_parse, claim, group)))
            group, future = running.popleft()
            for reading, outcome in zip(group, future.result(), strict=True):
                if not (reading.request and reading.request.given_up == reading_queue.GIVEN_UP):
                    yield reading, outcome
        for _group, future in running:
            future.cancel()


def _groups(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    for _owner, same in groupby(sorted(readings, key=_owner_of), key=_owner_of):
        group: list[Reading] = []
        size = 0
        for reading in same:
            size += reading.document.stored_bytes
            if group and (size > GROUP_BYTES or len(group) == GROUP_DOCUMENTS):
                yield group
                group, size = [], reading.document.stored_bytes
            group.append(reading)
        yield group


def _owner_of(reading: Reading) -> UUID:
    return reading.document.knowledge_base.owner_id


def _parse(claim: Claim, group: Sequence[Reading]) -> list[Outcome]:
    try:
        opened = [_open(claim, reading) for reading in group]
        requests = [request for request in opened if isinstance(request, ParseRequest)]
        outcomes = iter(pool.parse_all(requests, _owner_of(group[0])))
        for request in requests:
            request.data = b""
        return [
            next(outcomes) if isinstance(request, ParseRequest) else request for request in opened
        ]
    except Exception:
        logger.exception("Documents could not be read")
        return [Unreadable(NOT_READABLE)] * len(group)


def _open(claim: Claim, reading: Reading) -> ParseRequest | Unreadable:
    document = reading.document
    reading.begin(worker_name())
    try:
        data = read_original(document.new_file or document.file)
    except FileNotFoundError:
        return Unreadable(_("The original of the file is not there any more. Upload it again."))
    except Exception:
        logger.exception("The original of document %s could not be read", document.pk.hex)
        return Unreadable(NOT_READABLE)
    reading.size = len(data)
    chars = document.knowledge_base.chunk_chars or settings.CHUNK_CHARS
    request = ParseRequest(document.name, data, chars)
    claim.requests[document.pk] = reading.request = request
    return request


def _make_result(reading: Reading, outcome: Outcome) -> Result:
    document = reading.document
    if isinstance(outcome, Unreadable):
        return failed(Result(document, 0, reading.log), str(outcome))
    reading.parsed(len(outcome.chunks))
    document.title = outcome.title
    chunks: list[Chunk] = []
    try:
        for chunk in make_chunks(document, outcome):
            chunks.append(chunk)
            reading.indexed = len(chunks) / len(outcome.chunks)
    except Exception:
        logger.exception("Document %s could not be analysed", document.pk.hex)
        return failed(Result(document, 0, reading.log), NOT_READABLE)
    reading.add(reading_log.READY, f"{time.monotonic() - reading.began:.1f}")
    return Result(document, reading.size, reading.log, outcome.title, chunks)
