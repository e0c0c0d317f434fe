"""Ingestion: uploads are stored and queued; then they are read, analysed and written.

A search sees either the version before or the one after, never half of one. A file that cannot be
read changes nothing that is searched: the document says why it failed, and an earlier version that
could be read stays.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext

from knowledge import reading_log, reading_queue
from knowledge.models import Document, KnowledgeBase
from knowledge.originals import delete_on_commit, delete_original, save_original
from knowledge.reading import read_claimed, reindex
from knowledge.text.cleaning import clean_line
from knowledge.wake_workers import wake_workers_on_commit

MAX_NAME = 255
# Two uploads of a new name at the same moment: the second finds the row of the first.
ROW_ATTEMPTS = 3
# Seconds between two looks at documents that another worker reads.
POLL_S = 0.2

NOT_READ = (Document.Status.FAILED, Document.Status.STOPPED)


@dataclass(slots=True)
class Upload:
    """A file that was sent, and what is to become of it."""

    name: str
    content: File[bytes]
    digest: str = ""
    size: int = 0
    # Why it is refused.
    error: str = ""
    # Its name in the storage, once it is there.
    file: str = ""


def upload(
    knowledge_base: KnowledgeBase, files: Iterable[tuple[str, File[bytes]]], *, queue: bool = True
) -> list[Document]:
    """Stores files and queues their documents, in the order of `files`. Returns without reading.

    The same name again replaces, and the same content again changes nothing. A document whose file
    is refused is `failed`, and its `error` says why. Without `queue`, documents are stopped until
    `read_again` is called for them, and have no log.
    """
    uploads = [_measured(document_name(name), content) for name, content in files]
    try:
        _store(knowledge_base, uploads)
        for attempt in range(ROW_ATTEMPTS):
            try:
                return _save_rows(knowledge_base, uploads, queue)
            except IntegrityError:
                if attempt == ROW_ATTEMPTS - 1:
                    raise
        raise AssertionError
    except BaseException:
        for new in uploads:
            if new.file:
                delete_original(new.file)
        raise


def ingest(knowledge_base: KnowledgeBase, name: str, data: bytes) -> Document:
    """The document of that name with the new content. If it is `failed`, its `error` says why."""
    [document] = upload(knowledge_base, [(name, ContentFile(data))])
    read_now([document.pk])
    document.refresh_from_db()
    return document


def read_now(
    documents: Collection[UUID], report: Callable[[int], object] = lambda _count: None
) -> None:
    """Reads these documents, whether a worker runs or not, and waits for those it reads already.
    `report` is told how many were read here, after a few each."""
    these = Q(pk__in=documents)
    while True:
        while claim := reading_queue.claim(these):
            read_claimed(claim)
            report(len(claim.documents))
        if not Document.objects.filter(these, status__in=reading_queue.OPEN).exists():
            return
        time.sleep(POLL_S)
        reading_queue.queue_lost()


def read_again(documents: Iterable[Document]) -> int:
    """Queues documents whose originals are stored, to be read with the present settings."""
    return sum(map(_read_again, documents))


@transaction.atomic
def _read_again(document: Document) -> bool:
    document = Document.objects.select_for_update(of=["self"]).get(pk=document.pk)
    if document.is_open or not (document.file or document.new_file):
        return False
    _queue(document, reading_queue.next_rank(document.knowledge_base.owner_id))
    document.save()
    wake_workers_on_commit()
    return True


def rename(document: Document, name: str, *, read: bool = True) -> bool:
    """False if there is another document of that name. Its passages are found by its new name as
    soon as they are indexed again, or, without `read`, at once."""
    try:
        with transaction.atomic():
            rows = Document.objects.filter(pk=document.pk)
            rows.update(name=document_name(name), updated_at=timezone.now())
    except IntegrityError:
        return False
    if not (read and read_again([document])):
        document.refresh_from_db()
        reindex(document)
    return True


def document_name(name: str) -> str:
    """The name as stored: accents in one form (file systems differ), no invisible characters."""
    name = clean_line(unicodedata.normalize("NFC", name)) or "unnamed"
    return name[-MAX_NAME:]


def _measured(name: str, content: File[bytes]) -> Upload:
    new = Upload(name, content)
    digest = sha256()
    for block in content.chunks():
        digest.update(block)
        new.size += len(block)
        if new.size > settings.MAX_DOCUMENT_BYTES:
            sentence = gettext("The file is larger than a document may be (%s).")
            new.error = sentence % filesizeformat(settings.MAX_DOCUMENT_BYTES)
            new.size = content.size
            break
    new.digest = digest.hexdigest()
    return new


def _store(knowledge_base: KnowledgeBase, uploads: Sequence[Upload]) -> None:
    """Stores what is new, before the transaction, which must be short."""
    present = {row.name: row for row in _rows(knowledge_base, uploads)}
    stored = Document.objects.filter(knowledge_base__owner=knowledge_base.owner_id).stored_bytes()
    quota = settings.USER_DOCUMENT_BYTES
    for new in uploads:
        row = present.get(new.name)
        if new.error or (row and (_is_searched(row, new) or _is_waiting(row, new))):
            continue
        if quota and stored + new.size > quota:
            sentence = gettext(
                "It does not fit: the documents of this user may have %(quota)s together, and have "
                "%(stored)s. Delete some."
            )
            sizes = {"quota": filesizeformat(quota), "stored": filesizeformat(stored)}
            new.error = sentence % sizes
            continue
        new.file = save_original(new.content)
        stored += new.size


@transaction.atomic
def _save_rows(
    knowledge_base: KnowledgeBase, uploads: Sequence[Upload], queue: bool
) -> list[Document]:
    locked = _rows(knowledge_base, uploads).select_for_update().order_by("pk")
    rows = {row.name: row for row in locked}
    present = set(rows)
    rank = reading_queue.next_rank(knowledge_base.owner_id) if queue else None
    changed: dict[str, Document] = {}
    for new in uploads:
        row = rows.setdefault(new.name, Document(knowledge_base=knowledge_base, name=new.name))
        if _apply(row, new, rank):
            changed[new.name] = row
            rank = None if rank is None else rank + 1
        if new.file and new.file != row.new_file:
            delete_on_commit([new.file])
    Document.objects.bulk_create([row for name, row in changed.items() if name not in present])
    for name in present & changed.keys():
        changed[name].save()
    wake_workers_on_commit()
    return [rows[new.name] for new in uploads]


def _rows(knowledge_base: KnowledgeBase, uploads: Iterable[Upload]) -> QuerySet[Document]:
    return knowledge_base.documents.filter(name__in={new.name for new in uploads})


def _apply(row: Document, new: Upload, rank: int | None) -> bool:
    """Whether the upload changes anything. Without a rank, it is not queued."""
    if new.error:
        _forget_new_file(row)
        _settle(row, Document.Status.FAILED, new.error)
        row.size = row.size if row.chunk_count else new.size
        return True
    if _is_searched(row, new):
        if not row.new_file and row.status not in NOT_READ:
            return False
        _forget_new_file(row)
        _settle(row, Document.Status.READY)
        return True
    if _is_waiting(row, new):
        if row.is_open:
            return False
    else:
        _forget_new_file(row)
        row.new_file = new.file = new.file or save_original(new.content)
        row.new_digest = new.digest
        row.stored_bytes += new.size
        row.size = row.size if row.chunk_count else new.size
    if rank is None:
        row.status, row.error = Document.Status.STOPPED, ""
        row.rank = row.claim = row.lease_until = None
    else:
        _queue(row, rank)
    return True


def _is_searched(row: Document, new: Upload) -> bool:
    return row.digest == new.digest and row.chunk_count > 0


def _is_waiting(row: Document, new: Upload) -> bool:
    return row.new_digest == new.digest and row.new_file != ""


def _forget_new_file(row: Document) -> None:
    delete_on_commit([row.new_file])
    row.new_file = row.new_digest = ""
    row.stored_bytes = row.size if row.file else 0


def _settle(row: Document, status: Document.Status, error: str = "") -> None:
    """Gives it a status in which it neither waits nor is read."""
    row.status, row.error = status, error
    row.rank = row.claim = row.lease_until = None
    event = reading_log.FAILED if error else reading_log.UNCHANGED
    row.log = reading_log.extended(row.log, reading_log.entry(event, error))


def _queue(row: Document, rank: int) -> None:
    row.status, row.error = Document.Status.QUEUED, ""
    row.rank, row.claim, row.lease_until = rank, None, None
    row.attempts = row.progress = 0
    row.log = reading_log.extended(row.log, reading_log.entry(reading_log.QUEUED))
