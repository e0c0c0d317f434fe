"""A question is taken in: checked, saved, and made into all that is needed to answer it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identity import Identity
from chat import access
from chat.answers import abandoned, sessions
from chat.answers.hub import Hub
from chat.answers.requests import Ask
from chat.answers.turn import AskedBefore, Turn
from chat.engines.base import Exchange
from chat.models import Attachment, ChatSession, Dialog, Message
from chat.sql import statements
from chat.sql.prepared import PreparedQuery
from core.errors import Conflict, InternalError


def open_turn(who: Identity, ask: Ask, hub: Hub) -> Turn | AskedBefore:
    """Save the question and a pending answer, which `hub` will write.

    Raises `NotFound` for anything that is not the caller's, `Conflict` if the session is busy
    or the request_id was used for something else.
    """
    dialog = access.get_dialog(who, ask.chat_id)
    if before := _asked_before(who, dialog, ask):
        return before
    try:
        with transaction.atomic():
            return _open(who, dialog, ask, hub)
    except (Conflict, IntegrityError) as error:
        # The same request twice at the same moment, or two questions into one session.
        if before := _asked_before(who, dialog, ask):
            return before
        if isinstance(error, Conflict):
            raise
        raise _overtaken(ask.session_id, hub) from None


def find_asked_before(who: Identity, ask: Ask) -> AskedBefore | None:
    return _asked_before(who, access.get_dialog(who, ask.chat_id), ask)


def reopen_turn(who: Identity, answer_id: str, hub: Hub) -> Turn:
    """A pending answer to a question that has one already; both are kept."""
    old = access.get_answer(who, answer_id)
    question = old.question
    if question is None:
        raise Conflict("The question of this answer is gone")
    dialog = access.get_dialog(who, old.session.dialog_id.hex)
    try:
        with transaction.atomic():
            _wait_for_none(old.session, hub)
            answer = _pending(old.session, question, hub, timezone.now())
            answer.save(force_insert=True)
            files = list(question.attachments.all())
            past = sessions.history(old.session, before=question.created_at)
            return _turn(who, dialog, question, answer.pk, files, past)
    except IntegrityError:
        raise _overtaken(old.session_id.hex, hub) from None


def _open(who: Identity, dialog: Dialog, ask: Ask, hub: Hub) -> Turn:
    files = access.get_attachments(who, ask.files)
    question, answer = _messages(_session(who, dialog, ask, hub), ask, hub)
    past = sessions.history(question.session, before=question.created_at) if ask.session_id else ()
    turn = _turn(who, dialog, question, answer.pk, files, past)
    statements.insert([question, answer])
    if files:
        question.attachments.set(files)
    return turn


def _turn(
    who: Identity,
    dialog: Dialog,
    question: Message,
    answer_id: UUID,
    files: list[Attachment],
    past: tuple[Exchange, ...],
) -> Turn:
    if dialog.engine not in settings.ENGINES:
        raise InternalError(
            f"This dialog's engine `{dialog.engine}` is not configured on this server"
        )
    documents = access.get_documents(who, question.doc_ids)
    named = [base.pk for base in access.get_knowledge_bases(who, question.kb_ids)]
    bases = dict.fromkeys(
        [*_own_bases(dialog), *named, *(row.knowledge_base_id for row in documents)]
    )
    return Turn(
        answer_id=answer_id,
        session_id=question.session_id,
        user_id=who.user.pk,
        token_id=who.token_id,
        question=question.content,
        engine=dialog.engine,
        request_id=question.request_id,
        history=past,
        instructions=dialog.prompt,
        empty_response=dialog.empty_response,
        options=dialog.model_settings,
        kb_ids=tuple(bases),
        doc_ids=tuple(row.pk for row in documents),
        files=tuple(files),
        top_n=dialog.top_n,
        similarity_threshold=dialog.similarity_threshold,
        stop_after_seconds_alone=dialog.stop_after_seconds_alone,
        detect_leaks=dialog.detect_leaks,
    )


_OWN_BASES = PreparedQuery(
    lambda dialog, owner: Dialog.knowledge_bases.through.objects.filter(
        dialog=dialog, knowledgebase__owner=owner
    )
)


def _own_bases(dialog: Dialog) -> list[UUID]:
    return [link.knowledgebase_id for link in _OWN_BASES.all(dialog.pk, dialog.owner_id)]


def _session(who: Identity, dialog: Dialog, ask: Ask, hub: Hub) -> ChatSession:
    if ask.session_id is None:
        return sessions.begin(who, dialog, ask.question)
    session = access.get_session_with(who, dialog, ask.session_id)
    _wait_for_none(session, hub)
    statements.update(ChatSession, session.pk, updated_at=timezone.now())
    return session


_PENDING_IN = PreparedQuery(
    lambda session: Message.objects.filter(session=session, status=Message.Status.PENDING)
)


def _wait_for_none(session: ChatSession, hub: Hub) -> None:
    if not _PENDING_IN.all(session.pk):
        return
    abandoned.settle_abandoned(session.messages.all(), hub)
    if running := _PENDING_IN.first(session.pk):
        raise Conflict(
            "Another answer is being written in this session: follow it, stop it, or wait",
            id=running.pk.hex,
            session_id=session.pk.hex,
        )


def _overtaken(session_id: str | None, hub: Hub) -> Conflict:
    """Another process was first: its answer appeared after we had looked for one."""
    try:
        for session in ChatSession.objects.filter(pk__in=[session_id] if session_id else []):
            _wait_for_none(session, hub)
    except Conflict as running:
        return running
    return Conflict("Another question came first: ask again")


def _messages(session: ChatSession, ask: Ask, hub: Hub) -> tuple[Message, Message]:
    now = timezone.now()
    question = Message(
        session=session,
        role=Message.Role.USER,
        content=ask.question,
        created_at=now,
        kb_ids=list(ask.kb_ids),
        doc_ids=list(ask.doc_ids),
        request_id=ask.request_id or "",
        request_key=_request_key(session.user_id, session.end_user, session.dialog_id, ask),
        request_digest=_digest(ask),
    )
    # The answer sorts behind its question, whatever the clock's resolution.
    return question, _pending(session, question, hub, now + timedelta(microseconds=1))


def _pending(session: ChatSession, question: Message, hub: Hub, at: datetime) -> Message:
    return Message(
        session=session,
        role=Message.Role.ASSISTANT,
        status=Message.Status.PENDING,
        question=question,
        created_at=at,
        hub=hub.name,
        written_at=at,
    )


def _asked_before(who: Identity, dialog: Dialog, ask: Ask) -> AskedBefore | None:
    key = _request_key(who.user.pk, who.end_user, dialog.pk, ask)
    question = Message.objects.filter(request_key=key).first() if key else None
    if question is None:
        return None
    if question.created_at < timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS):
        Message.objects.filter(pk=question.pk).update(request_key=None)
        return None
    answer = question.answers.order_by("created_at").first()
    if answer is None or question.request_digest != _digest(ask):
        raise Conflict("This `request_id` was used before, for a different question")
    return AskedBefore(answer.pk)


def _request_key(user_id: UUID, end_user: str, dialog_id: UUID, ask: Ask) -> str | None:
    if ask.request_id is None:
        return None
    return _sha256([user_id.hex, *([end_user] if end_user else []), dialog_id.hex, ask.request_id])


def _digest(ask: Ask) -> str:
    return _sha256([ask.question, ask.session_id, ask.kb_ids, ask.doc_ids, ask.files])


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
