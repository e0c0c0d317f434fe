"""Saves what was read: documents and their chunks, several in one short transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import DatabaseError, transaction
from django.utils import timezone

from core.outage import is_away
from core.statements import insert_each, update_each
from knowledge import reading_log
from knowledge.embedding.vector_writing import mark_vectors_due
from knowledge.errors import gettext_noop as _
from knowledge.models import Chunk, Document
from knowledge.originals import delete_on_commit
from knowledge.reading_log import Entry
from knowledge.reading_queue import NOT_WAITING, Claim

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    document: Document
    # Of the file that was read, in bytes.
    size: int
    log: list[Entry]
    title: str = ""
    chunks: Sequence[Chunk] = ()
    # Why it could not be read.
    error: str = ""


def failed(result: Result, error: str) -> Result:
    log = reading_log.extended(result.log, reading_log.entry(reading_log.FAILED, error))
    return replace(result, error=error, chunks=(), log=log)


def save(claim: Claim, results: Sequence[Result]) -> None:
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
        _save_together(claim, [failed(result, _("The text of the file could not be saved."))])


@transaction.atomic
def _save_together(claim: Claim, results: Sequence[Result]) -> None:
    """Leaves out what is not the claim's any more: it was stopped, replaced, deleted, or the worker
    was taken for lost."""
    rows = claim.rows.filter(pk__in=[result.document.pk for result in results])
    held = set(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    results = [result for result in results if result.document.pk in held]
    for result in results:
        if result.error:
            _save_failed(result)
    ready = [result for result in results if not result.error]
    before = [result.document.pk for result in ready if result.document.chunk_count]
    if before:
        Chunk.objects.filter(document__in=before).delete()
    delete_on_commit(result.document.file for result in ready if result.document.new_file)
    values = [_ready(result) for result in ready]
    if values:
        names = tuple(values[0])
        pks = [result.document.pk for result in ready]
        update_each(
            Document, names, [[*row.values(), pk] for row, pk in zip(values, pks, strict=True)]
        )
    _insert_chunks([chunk for result in ready for chunk in result.chunks])
    mark_vectors_due({result.document.knowledge_base_id for result in ready})


def _save_failed(result: Result) -> None:
    Document.objects.filter(pk=result.document.pk).update(
        status=Document.Status.FAILED,
        error=result.error,
        log=result.log,
        updated_at=timezone.now(),
        **NOT_WAITING,
    )


def _ready(result: Result) -> dict[str, object]:
    document = result.document
    return NOT_WAITING | {
        "status": Document.Status.READY.value,
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
        "log": result.log,
        "updated_at": timezone.now(),
    }


def _insert_chunks(chunks: Sequence[Chunk]) -> None:
    fields = [field for field in Chunk._meta.concrete_fields if not field.primary_key]
    rows = [[getattr(chunk, field.attname) for field in fields] for chunk in chunks]
    insert_each(Chunk, tuple(field.name for field in fields), rows)
