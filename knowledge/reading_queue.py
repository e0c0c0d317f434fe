"""The queue of documents to be read: rows of documents, claimed by a conditional UPDATE.

A claim is a lease that is renewed while the documents are read. What a worker that was killed had
claimed is queued again when its lease has ended. Every later write names the claim, so that a
worker that was taken for lost writes nothing.

Owners take turns, by start-time fair queueing: a document's rank is one more than that of its
owner's last one in the queue, and no lower than that of the first in the queue. So the documents of
an owner who comes later are served between those of an owner who sent ten thousand before.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID, uuid4

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from knowledge import reading_log
from knowledge.errors import gettext_noop
from knowledge.models import Document, KnowledgeBase
from knowledge.parsing.parse_request import ParseRequest
from knowledge.wake_workers import wake_workers_on_commit

logger = logging.getLogger(__name__)

# Seconds. A lease is renewed four times before it ends.
LEASE_S = 60
RENEW_S = 15
# Documents that are claimed, read and saved together, if they are small.
MAX_DOCUMENTS = 64
MAX_BYTES = 256 * 1024
# A document that ends its worker so often is not tried again.
MAX_ATTEMPTS = 3

GIVEN_UP = "Reading it was stopped"

OPEN = (Document.Status.QUEUED, Document.Status.READING)
NOT_WAITING = {"rank": None, "claim": None, "lease_until": None}


@dataclass(slots=True)
class Claim:
    id: UUID
    documents: Sequence[Document]
    # What is being parsed, by document.
    requests: dict[UUID, ParseRequest] = field(default_factory=dict)
    # Set when the documents are no longer this claim's to read.
    lost: Event = field(default_factory=Event)
    # Set when reading them is over.
    ended: Event = field(default_factory=Event)
    # Set when there may be something new about them in the database, or they are read.
    woken: Event = field(default_factory=Event)

    @property
    def rows(self) -> QuerySet[Document]:
        return Document.objects.filter(claim=self.id)

    def lose(self) -> None:
        self.lost.set()
        self.give_up(self.requests)

    def give_up(self, documents: Iterable[UUID]) -> None:
        for pk in tuple(documents):
            if request := self.requests.get(pk):
                request.give_up(GIVEN_UP)

    def end(self) -> None:
        self.ended.set()
        self.woken.set()

    def wait_for_wake(self, seconds: float) -> None:
        self.woken.wait(seconds)
        if not self.ended.is_set():
            self.woken.clear()


def next_rank(owner_id: UUID) -> int:
    """The rank of the next document that the owner queues."""
    first = Document.objects.filter(rank__gte=0).aggregate(first=Min("rank"))["first"]
    queued = Document.objects.filter(knowledge_base=OuterRef("pk"), rank__gte=0)
    last = Subquery(queued.order_by("-rank").values("rank")[:1])
    bases = KnowledgeBase.objects.filter(owner=owner_id).annotate(last=last)
    found = bases.aggregate(highest=Max("last"))["highest"]
    return max(first or 0, 0 if found is None else found + 1)


def claim(among: Q | None = None, busy_owners: Collection[UUID] = ()) -> Claim | None:
    """The next documents to be read, or None. Those of `busy_owners` are left to wait."""
    waiting = Document.objects.filter(among or Q(), rank__gte=0).order_by("rank", "pk")
    if busy_owners:
        waiting = waiting.exclude(knowledge_base__owner__in=busy_owners)
    columns = waiting.values_list("pk", "stored_bytes", "attempts")
    while candidates := list(columns[:MAX_DOCUMENTS]):
        claim_id = uuid4()
        claimed = Document.objects.filter(pk__in=_few(candidates), rank__gte=0).update(
            status=Document.Status.READING,
            rank=None,
            claim=claim_id,
            lease_until=_lease_end(),
            attempts=F("attempts") + 1,
            progress=0,
        )
        # None: another worker was first.
        if claimed:
            rows = Document.objects.filter(claim=claim_id).prefetch_related("knowledge_base")
            return Claim(claim_id, list(rows))
    return None


def _few(candidates: Iterable[tuple[UUID, int, int]]) -> list[UUID]:
    """The first of them, and those after it that are small. One that was tried before is read
    alone: if it ends its worker, no other is taken for the cause."""
    chosen: list[UUID] = []
    total = 0
    for pk, size, attempts in candidates:
        total += size
        if chosen and (total > MAX_BYTES or attempts):
            break
        chosen.append(pk)
        if attempts:
            break
    return chosen


def renew(claim: Claim) -> None:
    """Marks the claim as lost, if nothing is left of it."""
    if not claim.rows.update(lease_until=_lease_end()):
        claim.lose()


def give_up_lost(claim: Claim) -> None:
    """Ends at once what is parsed for documents that are not the claim's any more."""
    held = set(claim.rows.values_list("pk", flat=True))
    claim.give_up(claim.requests.keys() - held)
    if not held:
        claim.lose()


def give_back(claim: Claim) -> None:
    """Queues the documents again that are not read yet: their worker stops."""
    try:
        for document in claim.rows:
            _queue_again(document, reading_log.GIVEN_BACK, document.attempts - 1)
    finally:
        claim.lose()


def queue_lost() -> int:
    """Queues the documents again whose lease has ended. Returns how many."""
    lost = Document.objects.filter(lease_until__lt=timezone.now())
    return sum(map(_queue_lost, lost))


def _queue_lost(document: Document) -> bool:
    logger.warning("The worker that read document %s is gone", document.pk.hex)
    if document.attempts < MAX_ATTEMPTS:
        return _queue_again(document, reading_log.LOST, document.attempts)
    why = gettext_noop("Reading the file ended its worker three times.")
    log = reading_log.extended(document.log, reading_log.entry(reading_log.FAILED, why))
    failed = Document.objects.filter(pk=document.pk, claim=document.claim)
    status = Document.Status.FAILED
    return bool(failed.update(status=status, error=why, log=log, **NOT_WAITING))


def _queue_again(document: Document, event: str, attempts: int) -> bool:
    """As the first of the queue: it has waited already."""
    first = Document.objects.filter(rank__gte=0).aggregate(first=Min("rank"))["first"]
    changed = {
        "status": Document.Status.QUEUED,
        "log": reading_log.extended(document.log, reading_log.entry(event)),
        "attempts": attempts,
    }
    rows = Document.objects.filter(pk=document.pk, claim=document.claim)
    return bool(rows.update(**NOT_WAITING | {"rank": first or 0} | changed))


def stop(documents: Iterable[Document]) -> int:
    """Takes documents out of the queue, or away from the worker that reads them. How many?"""
    count = 0
    for document in documents:
        log = reading_log.extended(document.log, reading_log.entry(reading_log.STOPPED))
        rows = Document.objects.filter(pk=document.pk, status__in=OPEN)
        count += rows.update(status=Document.Status.STOPPED, log=log, **NOT_WAITING)
    # Those that read them end that at once.
    wake_workers_on_commit()
    return count


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_S)
