"""What the database keeps of answers: text on the way, the end, and those nobody will end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat import errors
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.live.store import Kept
from chat.models import ChatSession, Message

# A pending answer whose hub has not written for this long has lost it: soon if nothing is heard
# of that hub at all, later if it is there, since its database may only be slow.
ABANDONED_AFTER_S = 7
LOST_AFTER_S = 60
INTERRUPTED = "The server stopped while this answer was being written. Ask again to get a whole one"


class Writer(Protocol):
    """A hub, as far as records care: its name, what it is writing, what its store rescued."""

    name: str
    began: datetime

    def __contains__(self, answer_id: object) -> bool: ...

    def rescue(self, answer_id: str) -> Kept | None: ...

    def is_running(self, name: str) -> bool: ...


class Draft(NamedTuple):
    """How far an answer has come. `reference` None: already kept, or not known yet."""

    id: UUID
    session_id: UUID
    content: str
    reasoning: str
    reference: dict[str, Any] | None = None


def checkpoint(drafts: Sequence[Draft]) -> None:
    """Keep what has been written so far; an answer that has ended meanwhile is left alone."""
    pk, at = Message._meta.pk, Message._meta.get_field("written_at")
    now = at.get_db_prep_value(timezone.now(), connection)
    rows = [
        (draft.content, draft.reasoning, now, pk.get_db_prep_value(draft.id, connection))
        for draft in drafts
    ]
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One statement for all: the ORM would take one each, twenty times as dear.
            cursor.executemany(
                "UPDATE chat_message SET content = %s, reasoning = %s, written_at = %s"
                " WHERE id = %s AND status = 'pending'",
                rows,
            )
        for draft in drafts:
            if draft.reference is not None:
                pending = Message.objects.filter(pk=draft.id, status=Message.Status.PENDING)
                pending.update(reference=draft.reference)


def finish(draft: Draft, outcome: Outcome) -> None:
    """The end of an answer, and all of it. Its hub has the last word, so any status gives way."""
    now = timezone.now()
    with transaction.atomic():
        Message.objects.filter(pk=draft.id).update(
            status=outcome.status,
            content=draft.content,
            reasoning=draft.reasoning,
            reference=outcome.reference,
            usage=outcome.usage,
            error_code=outcome.error.code if outcome.error else None,
            error=str(outcome.error or ""),
            first_token_ms=outcome.timing.get("first_token_ms"),
            total_ms=outcome.timing.get("total_ms"),
            written_at=now,
        )
        ChatSession.objects.filter(pk=draft.session_id).update(updated_at=now)


def settle_abandoned(messages: QuerySet[Message], hub: Writer) -> None:
    """Mark as interrupted what no hub is writing any more.

    An answer of this `hub` from before it began was lost with an earlier process of that name;
    of one in another process we see when it was last written, and whether its hub is heard of.
    """
    pending = messages.filter(status=Message.Status.PENDING)
    silent = Q(written_at__lt=timezone.now() - timedelta(seconds=ABANDONED_AFTER_S))
    earlier = Q(hub=hub.name, written_at__lt=hub.began)
    for answer in pending.filter(silent | earlier):
        if answer.pk.hex not in hub and _is_lost(answer, hub):
            _interrupt(answer, hub.rescue(answer.pk.hex))


def _is_lost(answer: Message, hub: Writer) -> bool:
    if answer.hub == hub.name or not hub.is_running(answer.hub):
        return True
    patience = timedelta(seconds=LOST_AFTER_S)
    return answer.written_at is None or answer.written_at < timezone.now() - patience


def _interrupt(answer: Message, kept: Kept | None) -> None:
    """What followers were shown last may be in the store only: it is kept with the rest."""
    texts = {}
    if kept and len(kept.text) > len(answer.content):
        texts["content"] = kept.text
    if kept and len(kept.reasoning) > len(answer.reasoning):
        texts["reasoning"] = kept.reasoning
    # Written again since we looked, it is not abandoned.
    untouched = Message.objects.filter(pk=answer.pk, written_at=answer.written_at)
    untouched.filter(status=Message.Status.PENDING).update(
        status=Message.Status.INTERRUPTED,
        error_code=errors.Interrupted.code,
        error=INTERRUPTED,
        **texts,
    )


def reread(answer_id: UUID, hub: Writer) -> Message:
    """The answer as it stands, settled if it was abandoned."""
    answer = Message.objects.filter(pk=answer_id)
    settle_abandoned(answer, hub)
    return answer.select_related("question").get()


def settled(answer: Message, hub: Writer) -> Message:
    """The same, of an answer just read: one that has ended needs no second look."""
    pending = answer.status == Message.Status.PENDING
    return reread(answer.pk, hub) if pending else answer


def begun_in(session_ids: Sequence[UUID], since: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """(answer, session, time) of the answers begun in those sessions."""
    answers = Message.objects.filter(
        role=Message.Role.ASSISTANT, session__in=session_ids, created_at__gte=since
    )
    return list(answers.order_by("created_at").values_list("pk", "session_id", "created_at"))


def recall(answer: Message) -> LiveAnswer:
    """What the record has of an answer, as something to follow."""
    asked = answer.question
    request_id, question = (asked.request_id, asked.content) if asked else ("", "")
    live = LiveAnswer(answer.pk.hex, answer.session_id.hex, request_id, question)
    catch_up(live, answer)
    return live


def catch_up(live: LiveAnswer, answer: Message) -> None:
    """Bring a copy of an answer up to its record."""
    if more := beyond(live.reasoning.size, answer.reasoning):
        live.think(more)
    if more := beyond(live.text.size, answer.content):
        live.write(more)
    if answer.status != Message.Status.PENDING:
        live.end(_outcome(answer))


def beyond(size: int, text: str) -> str:
    """What `text` has after its first `size` bytes."""
    return text.encode()[size:].decode()


def _outcome(answer: Message) -> Outcome:
    timing = {"first_token_ms": answer.first_token_ms, "total_ms": answer.total_ms}
    return Outcome(
        status=Status(answer.status),
        reference=answer.reference,
        usage=answer.usage,
        timing={name: ms for name, ms in timing.items() if ms is not None},
        error=_error(answer),
    )


def _error(answer: Message) -> errors.ChatError | None:
    if answer.error_code is None:
        return None
    kinds = (errors.ModelFailed, errors.ModelTimedOut, errors.Interrupted)
    found = (kind for kind in kinds if kind.code == answer.error_code)
    return next(found, errors.Failed)(answer.error)
