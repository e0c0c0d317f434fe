"""Abandoned answers, which no process writes any more: finds them, settles them as interrupted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.answers import pieces
from chat.answers.hub import Hub
from chat.answers.records import INTERRUPTED
from chat.errors import Interrupted
from chat.live.store import StoredText
from chat.models import Message

# Seconds. Hubs save more often than that; from then on the text in the store is copied.
SILENT_AFTER_S = 3
# An answer is abandoned if it has not been saved for so long: soon if its hub has no heartbeat;
# later if it has one, since its database may only be slow. If it cannot be known, because the store
# is away, it is worth waiting: the store may have the end of the text.
ABANDONED_AFTER_S = 7
UNCERTAIN_AFTER_S = 20
LOST_AFTER_S = 60
# By whether the hub is alive.
TIMEOUT_S = {False: ABANDONED_AFTER_S, None: UNCERTAIN_AFTER_S, True: LOST_AFTER_S}


class Progress(NamedTuple):
    """What is new in the record of a pending answer that was saved at `written_at`."""

    written_at: datetime | None
    text: str
    reasoning: str


def settle_abandoned(messages: QuerySet[Message], hub: Hub) -> None:
    """Mark as interrupted what no hub is writing any more.

    An answer of this `hub` from before it started was lost with an earlier process of that name.
    One of another hub is judged by when it was last saved and by that hub's heartbeat.
    """
    pending = messages.filter(status=Message.Status.PENDING)
    silent = Q(written_at__lt=timezone.now() - timedelta(seconds=SILENT_AFTER_S))
    earlier = Q(hub=hub.name, written_at__lt=hub.started_at)
    for answer in pending.filter(silent | earlier):
        if answer.pk.hex not in hub:
            _settle_if_abandoned(answer, hub)


def _settle_if_abandoned(answer: Message, hub: Hub) -> None:
    if answer.hub == hub.name:
        # If not of an earlier process of that name, then of another one that lives beside this.
        is_earlier = answer.written_at is not None and answer.written_at < hub.started_at
        if is_earlier or _is_silent_for(answer, ABANDONED_AFTER_S):
            _interrupt(answer, hub)
        return
    is_alive = hub.store.is_hub_alive_sync(answer.hub)
    if _is_silent_for(answer, TIMEOUT_S[is_alive]):
        _interrupt(answer, hub)
    elif is_alive is False and (stored := hub.store.read_whole_sync(answer.pk.hex)):
        # Copied now, before the store is lost, too.
        lengthen(answer.pk, stored)


def _is_silent_for(answer: Message, seconds: float) -> bool:
    since = answer.written_at
    return since is None or since < timezone.now() - timedelta(seconds=seconds)


def _interrupt(answer: Message, hub: Hub) -> None:
    """The last text that readers got may be in the store only: it is saved with the rest."""
    # Before the text is read: a process that wakes up in this moment may show no more.
    hub.store.fence_sync(answer.pk.hex)
    stored = hub.store.read_whole_sync(answer.pk.hex)
    pieces.fill_in([answer])
    texts = {"content": answer.content, "reasoning": answer.reasoning}
    # Saved again since we read it, it is not abandoned.
    untouched = Message.objects.filter(pk=answer.pk, written_at=answer.written_at)
    with transaction.atomic():
        is_settled = untouched.filter(status=Message.Status.PENDING).update(
            status=Message.Status.INTERRUPTED,
            error_code=Interrupted.code,
            error=INTERRUPTED,
            is_indexed=False,
            **texts | _longer_texts(answer, stored),
        )
        if is_settled:
            pieces.delete([answer.pk])
    if not is_settled and Message.objects.filter(pk=answer.pk, status="pending").exists():
        hub.store.unfence_sync(answer.pk.hex)


def _longer_texts(answer: Message, stored: StoredText | None) -> dict[str, str]:
    texts = {}
    if stored and len(stored.text) > len(answer.content):
        texts["content"] = stored.text
    if stored and len(stored.reasoning) > len(answer.reasoning):
        texts["reasoning"] = stored.reasoning
    return texts


def lengthen(answer_id: UUID, text: StoredText) -> None:
    """The record of a lost answer becomes no shorter than `text`."""
    lost = Message.objects.filter(
        pk=answer_id, status__in=[Message.Status.PENDING, Message.Status.INTERRUPTED]
    )
    with transaction.atomic():
        answer = lost.select_for_update().first()
        if answer:
            pieces.fill_in([answer])
        if answer and (texts := _longer_texts(answer, text)):
            lost.update(is_indexed=False, **texts)


def reread(answer_id: UUID, hub: Hub, shown: StoredText | None = None) -> Message:
    """The answer as it is now, settled if it was abandoned, and no shorter than it was `shown`."""
    answers = Message.objects.filter(pk=answer_id).select_related("question")
    settle_abandoned(answers, hub)
    answer = answers.get()
    if shown and answer.status == Message.Status.INTERRUPTED and _longer_texts(answer, shown):
        lengthen(answer_id, shown)
        answer = answers.get()
    pieces.fill_in([answer])
    return answer


def read_progress(answer_id: UUID, hub: Hub, size: int, reasoning_size: int) -> Progress | Message:
    """The answer, if it has ended, or is settled now; otherwise what it has beyond those sizes."""
    answers = Message.objects.filter(pk=answer_id)
    settle_abandoned(answers, hub)
    # Before the pieces: they are at least as new.
    pending = answers.filter(status=Message.Status.PENDING)
    row = pending.values_list("written_at", "content", "reasoning").first()
    if row is None:
        return answers.select_related("question").get()
    written_at, content, reasoning = row
    parts = [(0, content), *pieces.read_from(answer_id, False, size)]
    thoughts = [(0, reasoning), *pieces.read_from(answer_id, True, reasoning_size)]
    return Progress(
        written_at, pieces.text_from(size, parts), pieces.text_from(reasoning_size, thoughts)
    )


def settle(answer: Message, hub: Hub) -> Message:
    """The same for an answer just read: it is read again only if it may be abandoned."""
    is_elsewhere = answer.status == Message.Status.PENDING and answer.pk.hex not in hub
    return reread(answer.pk, hub) if is_elsewhere else answer
