"""Records of answers in the database: drafts while they are written, and their endings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.api_tokens.tokens import count_usage
from chat.answers import message_terms, pieces
from chat.answers.pieces import Piece
from chat.engines.base import EngineFailed, EngineTimedOut
from chat.errors import Interrupted
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.models import ChatSession, Message
from chat.sql import statements
from core.errors import AppError, InternalError

Live = TypeVar("Live", bound=LiveAnswer)

logger = logging.getLogger(__name__)

INTERRUPTED = "The server stopped while this answer was being written. Ask again to get a whole one"


class Draft(NamedTuple):
    """What is new of an unfinished answer. `reference` None: already saved, or not known yet."""

    id: UUID
    pieces: tuple[Piece, ...] = ()
    reference: dict[str, Any] | None = None
    # Whether the time is saved, too, so that the answer does not look abandoned.
    is_sign_of_life: bool = True


class FinishedText(NamedTuple):
    """The whole of an answer that ends."""

    id: UUID
    session_id: UUID
    content: str
    reasoning: str = ""
    # The API token its usage counts towards.
    token_id: UUID | None = None
    searched_question: str = ""


class Recorded(NamedTuple):
    """An ending, and the text that it was recorded with."""

    outcome: Outcome
    content: str
    reasoning: str


def checkpoint(drafts: Sequence[Draft]) -> set[UUID]:
    """Save what is new; an answer that has ended meanwhile is left alone.

    Returns the answers that are not pending any more: ended by another process, or deleted.
    """
    new = [piece for draft in drafts for piece in draft.pieces]
    signs = [draft.id for draft in drafts if draft.is_sign_of_life]
    references = [(draft.reference, draft.id) for draft in drafts if draft.reference is not None]
    with transaction.atomic():
        saved = statements.update_pending(Message, signs, written_at=timezone.now())
        saved += statements.update_each(Message, ("reference",), references, status="pending")
        saved += pieces.save(new)
        if saved == len(signs) + len(references) + len(new):
            return set()
        ended = _ended({draft.id for draft in drafts})
        pieces.delete(ended)
    return ended


def _ended(ids: set[UUID]) -> set[UUID]:
    pending = Message.objects.filter(pk__in=ids, status=Message.Status.PENDING)
    return ids - set(pending.values_list("pk", flat=True))


def finish(text: FinishedText, outcome: Outcome) -> Recorded:
    """Save the whole answer and its ending, unless another process has ended it: the first ending
    counts. Returns the one that is recorded. Pieces are left to be deleted later."""
    now = timezone.now()
    with transaction.atomic():
        is_ours = statements.update(
            Message,
            text.id,
            Message.Status.PENDING,
            status=outcome.status,
            content=text.content,
            reasoning=text.reasoning,
            searched_question=text.searched_question,
            reference=outcome.reference,
            usage=outcome.usage,
            suggestions=list(outcome.suggestions),
            error_code=outcome.error.code if outcome.error else None,
            error=str(outcome.error or ""),
            first_token_ms=outcome.timing.get("first_token_ms"),
            total_ms=outcome.timing.get("total_ms"),
            written_at=now,
        )
        if is_ours:
            message_terms.save(text.id, text.content)
            statements.update(ChatSession, text.session_id, updated_at=now)
    if not is_ours:
        return _recorded(text)
    if text.token_id:
        _count_usage(text.token_id, outcome.usage.get("total_tokens", 0))
    return Recorded(outcome, text.content, text.reasoning)


def finish_unkept(text: FinishedText, outcome: Outcome) -> Recorded:
    """Nothing of it is saved but what it used."""
    if text.token_id:
        _count_usage(text.token_id, outcome.usage.get("total_tokens", 0))
    return Recorded(outcome, text.content, text.reasoning)


def _recorded(text: FinishedText) -> Recorded:
    answer = Message.objects.filter(pk=text.id).first()
    if answer is None:
        # Deleted with its session.
        return Recorded(Outcome(Status.STOPPED), text.content, text.reasoning)
    logger.warning(
        "Another process has ended the answer %s as %s; %d characters were written, %d are kept",
        *(answer.pk.hex, answer.status, len(text.content), len(answer.content)),
    )
    return Recorded(_outcome(answer), answer.content, answer.reasoning)


def _count_usage(token_id: UUID, tokens: int) -> None:
    """Nothing that merely counts may undo an answer."""
    try:
        count_usage(token_id, tokens)
    except Exception:
        logger.exception("What an answer used could not be counted")


def answers_since(
    session_ids: Sequence[UUID], since: datetime
) -> list[tuple[UUID, UUID, datetime]]:
    """(answer, session, time) of each answer begun in those sessions."""
    answers = Message.objects.filter(
        role=Message.Role.ASSISTANT, session__in=session_ids, created_at__gte=since
    )
    return list(answers.order_by("created_at").values_list("pk", "session_id", "created_at"))


def to_live_answer(answer: Message, kind: type[Live]) -> Live:
    """A copy to read, of that class, with what the record has of an answer."""
    asked: tuple[str, ...] = ()
    if row := answer.question:
        edit = row.edit_of_id.hex if row.edit_of_id else ""
        asked = (row.request_id, row.content, row.pk.hex, edit)
    live = kind(answer.pk.hex, answer.session_id.hex, *asked)
    catch_up(live, answer)
    return live


def catch_up(live: LiveAnswer, answer: Message) -> None:
    """Append to a copy what its record, with its pieces filled in, has more; end it if the record
    has ended."""
    if more := after_bytes(live.reasoning.size, answer.reasoning):
        live.write_reasoning(more)
    if more := after_bytes(live.text.size, answer.content):
        live.write(more)
    if answer.status != Message.Status.PENDING:
        live.end(_outcome(answer))


def after_bytes(size: int, text: str) -> str:
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
        suggestions=answer.suggestions,
    )


def _error(answer: Message) -> AppError | None:
    if answer.error_code is None:
        return None
    kinds = (EngineFailed, EngineTimedOut, Interrupted)
    found = (kind for kind in kinds if kind.code == answer.error_code)
    return next(found, InternalError)(answer.error)
