"""Ingestion: a file is read, split into chunks and analysed, then written in one transaction.

A search sees either the version before or the one after, never half of one. A file that cannot be
read changes nothing that is searched: the document says why it failed, and an earlier version that
could be read stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from knowledge.errors import Unreadable
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.parsing.parse_document import ParsedDocument
from knowledge.parsing.reader_pool import pool
from knowledge.text.analysis import index_terms
from knowledge.text.cleaning import clean_line

BATCH_SIZE = 500
MAX_NAME = 255
# The part of a place that says where a chunk is, not what it is about.
PLACE_NUMBER = re.compile(r"(?:page|slide) \d+(?: › )?|sheet ")


def ingest(knowledge_base: KnowledgeBase, name: str, data: bytes) -> Document:
    """The document of that name with the new content. If it is `failed`, its `error` says why."""
    name = document_name(name)
    digest = sha256(data).hexdigest()
    if unchanged := _find_unchanged(knowledge_base, name, digest):
        return unchanged
    try:
        if len(data) > settings.MAX_DOCUMENT_BYTES:
            sentence = gettext("The file is larger than a document may be (%s).")
            raise Unreadable(sentence % filesizeformat(settings.MAX_DOCUMENT_BYTES))
        parsed = pool.parse(
            name, data, owner=knowledge_base.owner_id, chunk_chars=settings.CHUNK_CHARS
        )
    except Unreadable as problem:
        return _save_failure(knowledge_base, name, len(data), str(problem))
    document = Document(
        knowledge_base=knowledge_base,
        name=name,
        title=parsed.title,
        digest=digest,
        size=len(data),
        status=Document.Status.READY,
    )
    return _save(document, _make_chunks(document, parsed))


def reindex(document: Document) -> None:
    """Computes the terms of its chunks again, with the analyser of this version."""
    chunks = list(document.chunks.all())
    for chunk in chunks:
        _set_terms(chunk, document)
    Chunk.objects.bulk_update(chunks, ["terms", "title_terms"], batch_size=BATCH_SIZE)


def document_name(name: str) -> str:
    """The name as stored: accents in one form (file systems differ), no invisible characters."""
    name = clean_line(unicodedata.normalize("NFC", name)) or "unnamed"
    return name[-MAX_NAME:]


def _find_unchanged(knowledge_base: KnowledgeBase, name: str, digest: str) -> Document | None:
    """The document, if it already has this content; the failure of a later upload is cleared."""
    same = knowledge_base.documents.filter(name=name, digest=digest, chunk_count__gt=0)
    same.exclude(status=Document.Status.READY).update(status=Document.Status.READY, error="")
    return same.first()


def _save_failure(knowledge_base: KnowledgeBase, name: str, size: int, why: str) -> Document:
    failed = {"status": Document.Status.FAILED, "error": why}
    document, _ = knowledge_base.documents.update_or_create(
        name=name, defaults=failed, create_defaults={**failed, "size": size}
    )
    return document


def _make_chunks(document: Document, parsed: ParsedDocument) -> list[Chunk]:
    chunks = [
        Chunk(position=position, place=chunk.place, text=chunk.text)
        for position, chunk in enumerate(parsed.chunks)
    ]
    for chunk in chunks:
        _set_terms(chunk, document)
    return chunks


def _set_terms(chunk: Chunk, document: Document) -> None:
    title = document.title or PurePath(document.name).stem
    place = (
        PLACE_NUMBER.sub("", chunk.place, count=1)
        if PLACE_NUMBER.match(chunk.place)
        else chunk.place
    )
    chunk.terms = index_terms(chunk.text)
    chunk.title_terms = index_terms(place if place.startswith(title) else f"{title} {place}")


@transaction.atomic
def _save(new: Document, chunks: Sequence[Chunk]) -> Document:
    # Writes the row first: another upload of the same document waits here for its lock.
    document, _ = Document.objects.update_or_create(
        knowledge_base=new.knowledge_base,
        name=new.name,
        defaults={
            "title": new.title,
            "digest": new.digest,
            "size": new.size,
            "status": new.status,
            "error": "",
            "chunk_count": len(chunks),
        },
    )
    document.chunks.all().delete()
    for chunk in chunks:
        chunk.document = document
        chunk.knowledge_base_id = document.knowledge_base_id
    Chunk.objects.bulk_create(chunks, batch_size=BATCH_SIZE)
    return document
