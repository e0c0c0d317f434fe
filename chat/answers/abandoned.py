"""Answers that nobody writes any more: how they are known, and what is saved of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.answers.hub import Hub
from chat.answers.records import INTERRUPTED
from chat.errors import Interrupted
from chat.live.store import StoredText
from chat.models import Message

# Seconds. Hubs write more often than that: what the store has of a text is saved from then on.
SILENT_AFTER_S = 3
# A hub that has not written for this long has lost its answer: soon if nothing is heard of it at
# all, later if it is there, since its database may only be slow. If nobody can tell, because the
# store is away, it is worth waiting: the store may have the end of the text.
ABANDONED_AFTER_S = 7
UNCERTAIN_AFTER_S = 20
LOST_AFTER_S = 60
PATIENCE_S = {False: ABANDONED_AFTER_S, None: UNCERTAIN_AFTER_S, True: LOST_AFTER_S}


def settle_abandoned(messages: QuerySet[Message], hub: Hub) -> None:
    """Mark as interrupted what no hub is writing any more.

    An answer of this `hub` from before it began was lost with an earlier process of that name;
    of one in another process we see when it was last written, and whether its hub is heard of.
    """
    pending = messages.filter(status=Message.Status.PENDING)
    silent = Q(written_at__lt=timezone.now() - timedelta(seconds=SILENT_AFTER_S))
    earlier = Q(hub=hub.name, written_at__lt=hub.began)
    for answer in pending.filter(silent | earlier):
        if answer.pk.hex not in hub:
            _settle(answer, hub)


def _settle(answer: Message, hub: Hub) -> None:
    if answer.hub == hub.name:
        _interrupt(answer, hub.rescue(answer.pk.hex))
        return
    is_running = hub.is_running(answer.hub)
    if _is_silent_for(answer, PATIENCE_S[is_running]):
        _interrupt(answer, hub.rescue(answer.pk.hex))
    elif is_running is False and (kept := hub.rescue(answer.pk.hex)):
        # Before the store is lost, too.
        lengthen(answer.pk, kept)


def _is_silent_for(answer: Message, seconds: float) -> bool:
    since = answer.written_at
    return since is None or since < timezone.now() - timedelta(seconds=seconds)


def _interrupt(answer: Message, kept: StoredText | None) -> None:
    """What followers were shown last may be in the store only: it is kept with the rest."""
    # Written again since we looked, it is not abandoned.
    untouched = Message.objects.filter(pk=answer.pk, written_at=answer.written_at)
    untouched.filter(status=Message.Status.PENDING).update(
        status=Message.Status.INTERRUPTED,
        error_code=Interrupted.code,
        error=INTERRUPTED,
        **_longer(answer, kept),
    )


def _longer(answer: Message, kept: StoredText | None) -> dict[str, str]:
    texts = {}
    if kept and len(kept.text) > len(answer.content):
        texts["content"] = kept.text
    if kept and len(kept.reasoning) > len(answer.reasoning):
        texts["reasoning"] = kept.reasoning
    return texts


def lengthen(answer_id: UUID, kept: StoredText) -> None:
    """No record of a lost answer is shorter than what somebody has of it."""
    lost = Message.objects.filter(
        pk=answer_id, status__in=[Message.Status.PENDING, Message.Status.INTERRUPTED]
    )
    with transaction.atomic():
        answer = lost.select_for_update().first()
        if answer and (texts := _longer(answer, kept)):
            lost.update(**texts)


def reread(answer_id: UUID, hub: Hub, shown: StoredText | None = None) -> Message:
    """The answer as it stands, settled if it was abandoned, and no shorter than it was `shown`."""
    answers = Message.objects.filter(pk=answer_id).select_related("question")
    settle_abandoned(answers, hub)
    answer = answers.get()
    if shown and answer.status == Message.Status.INTERRUPTED and _longer(answer, shown):
        lengthen(answer_id, shown)
        answer = answers.get()
    return answer


def settled(answer: Message, hub: Hub) -> Message:
    """The same, of an answer just read: one that has ended, or grows here, needs no second look."""
    is_lost = answer.status == Message.Status.PENDING and answer.pk.hex not in hub
    return reread(answer.pk, hub) if is_lost else answer
