"""Opens a turn: checks a question, saves it with a pending answer, gathers what answering needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identity import Identity
from chat import access, branches
from chat.answers import interrupted_answers, message_terms, sessions
from chat.answers.elsewhere import elsewhere, searches_elsewhere
from chat.answers.hub import Hub
from chat.answers.idempotency import asked_before, request_digest, request_key
from chat.answers.requests import Ask, Conversation
from chat.answers.turn import AskedBefore, Turn
from chat.branches import Path
from chat.engines.base import About
from chat.engines.registry import get_engine
from chat.models import Attachment, ChatSession, Dialog, Message
from chat.sql import statements
from chat.sql.prepared import PreparedQuery
from core.encryption import Undecryptable
from core.errors import BadRequest, Conflict, InternalError, NotFound
from core.ids import new_id

_PENDING_IN = PreparedQuery(
    lambda session: Message.objects.filter(session=session, status=Message.Status.PENDING)
)
_BASES_OF_DIALOG = PreparedQuery(
    lambda dialog, owner: Dialog.knowledge_bases.through.objects.filter(
        dialog=dialog, knowledgebase__owner=owner
    )
)


def open_turn(identity: Identity, ask: Ask, hub: Hub) -> Turn | AskedBefore:
    """Save the question and a pending answer, which `hub` will write.

    Raises `NotFound` for anything that is not the caller's, `Conflict` if the session is busy
    or the request_id was used for something else.
    """
    dialog = access.get_dialog(identity, ask.chat_id)
    if before := asked_before(identity, dialog, ask):
        return before
    try:
        with transaction.atomic():
            return _save_turn(identity, dialog, ask, hub)
    except (Conflict, IntegrityError) as error:
        # The same request twice at the same moment, or two questions into one session.
        if before := asked_before(identity, dialog, ask):
            return before
        if isinstance(error, Conflict):
            raise
        raise _lost_race(ask.session_id, hub) from None


def _save_turn(identity: Identity, dialog: Dialog, ask: Ask, hub: Hub) -> Turn:
    files = access.get_attachments(identity, ask.files)
    old_session, edited = _named(identity, dialog, ask)
    if old_session:
        check_not_busy(old_session, hub)
        statements.update(ChatSession, old_session.pk, updated_at=timezone.now())
    session = old_session or sessions.begin(identity, dialog, ask.question)
    now = timezone.now()
    question = Message(
        session=session,
        role=Message.Role.USER,
        content=ask.question,
        created_at=now,
        branch=session.branch,
        kb_ids=list(ask.kb_ids),
        doc_ids=list(ask.doc_ids),
        request_id=ask.request_id or "",
        request_key=request_key(identity, dialog, ask),
        request_digest=request_digest(ask),
        token_id=identity.token_id,
        is_indexed=True,
    )
    # The answer sorts behind its question, whatever the clock's resolution.
    answer = _pending_answer(question, hub, now + timedelta(microseconds=1))
    if edited:
        branches.begin(session, edited, question)
    path = branches.path_before(session, edited or question) if old_session else ()
    turn = _turn(identity, dialog, session, question, answer, files, path, ask.events)
    statements.insert([question, answer])
    message_terms.save(question.pk, question.content)
    if files:
        question.attachments.set(files)
    return turn


def _named(
    identity: Identity, dialog: Dialog, ask: Ask
) -> tuple[ChatSession | None, Message | None]:
    """The session that the question names, and the first version of the question that it edits."""
    session = access.get_session_in(identity, dialog, ask.session_id) if ask.session_id else None
    if not ask.edit:
        return session, None
    edited = access.get_question(identity, ask.edit)
    if edited.session.dialog_id != dialog.pk:
        raise NotFound("There is no such message")
    if session and session != edited.session:
        raise BadRequest("`edit` must be a message of the session in `session_id`")
    return edited.session, edited.edit_of or edited


def open_conversation(identity: Identity, conversation: Conversation, hub: Hub) -> Turn:
    """What the client sends is the history; what a session has of it is not looked at.

    Raises `NotFound` for a dialog that is not the caller's, `Conflict` if the session is busy.
    """
    dialog = access.get_dialog(identity, conversation.chat_id)
    if conversation.session is None:
        question, answer = (Message(id=new_id(), session_id=new_id()) for _ in range(2))
        question.content = conversation.question
        unkept = _turn(identity, dialog, None, question, answer, [], (), events=False)
        turn: Turn | AskedBefore = replace(unkept, is_kept=False)
    else:
        session = sessions.get_or_begin(
            identity, dialog, conversation.session, conversation.question
        )
        ask = Ask(chat_id=dialog.pk.hex, question=conversation.question, session_id=session.pk.hex)
        turn = open_turn(identity, ask, hub)
    assert isinstance(turn, Turn)  # noqa: S101 - there is no `request_id`
    return replace(turn, history=conversation.history, wishes=conversation.wishes)


def reopen_turn(identity: Identity, answer_id: str, hub: Hub, events: bool = False) -> Turn:
    """A pending answer to a question that has one already; both stay."""
    old = access.get_answer(identity, answer_id)
    question = old.question
    if question is None:
        raise Conflict("The question of this answer is gone")
    dialog = access.get_dialog(identity, old.session.dialog_id.hex)
    try:
        with transaction.atomic():
            check_not_busy(old.session, hub)
            branches.show(old.session, question)
            answer = _pending_answer(question, hub, timezone.now())
            answer.save(force_insert=True)
            files = list(question.attachments.defer("passages"))
            path = branches.path_before(old.session, question)
            return _turn(identity, dialog, old.session, question, answer, files, path, events)
    except IntegrityError:
        raise _lost_race(old.session_id.hex, hub) from None


def check_not_busy(session: ChatSession, hub: Hub) -> None:
    """Raises `Conflict` if an answer is being written in it."""
    if not _PENDING_IN.all(session.pk):
        return
    interrupted_answers.settle_abandoned(session.messages.all(), hub)
    if running := _PENDING_IN.first(session.pk):
        raise Conflict(
            "Another answer is being written in this session: follow it, stop it, or wait",
            id=running.pk.hex,
            session_id=session.pk.hex,
        )


def _lost_race(session_id: str | None, hub: Hub) -> Conflict:
    """Another process was first: its answer was saved after we had looked for one."""
    try:
        for session in ChatSession.objects.filter(pk__in=[session_id] if session_id else []):
            check_not_busy(session, hub)
    except Conflict as running:
        return running
    return Conflict("Another question came first: ask again")


def _pending_answer(question: Message, hub: Hub, created_at: datetime) -> Message:
    return Message(
        session_id=question.session_id,
        role=Message.Role.ASSISTANT,
        status=Message.Status.PENDING,
        is_indexed=True,
        question=question,
        created_at=created_at,
        hub=hub.name,
        written_at=created_at,
    )


def _turn(
    identity: Identity,
    dialog: Dialog,
    session: ChatSession | None,
    question: Message,
    answer: Message,
    files: list[Attachment],
    path: Path,
    events: bool,
) -> Turn:
    """Raises `NotFound` for a knowledge base or document that is not the caller's. `session` None:
    the client keeps the conversation."""
    if dialog.engine not in settings.ENGINES:
        raise InternalError(
            f"This dialog's engine `{dialog.engine}` is not configured on this server"
        )
    turn = Turn(
        answer_id=answer.pk,
        session_id=question.session_id,
        user_id=identity.user.pk,
        token_id=identity.token_id,
        question=question.content,
        question_id=question.pk,
        edit_of_id=question.edit_of_id,
        engine=dialog.engine,
        request_id=question.request_id,
        path=path,
        history=sessions.history(session, path) if session and path else (),
        about=About(dialog.name, dialog.description, dialog.opener),
        instructions=dialog.prompt,
        empty_response=dialog.empty_response,
        options=_options(dialog),
        top_n=dialog.top_n,
        similarity_threshold=dialog.similarity_threshold,
        answer_threshold=dialog.answer_threshold,
        rewrites_questions=dialog.rewrites_questions,
        stop_after_seconds_alone=dialog.stop_after_seconds_alone,
        detect_leaks=dialog.detect_leaks,
        wants_suggestions=events,
    )
    if searches_elsewhere(dialog.engine):
        return replace(turn, elsewhere=elsewhere(identity, session, question, files))
    return _with_evidence(turn, identity, dialog, question, files)


def _with_evidence(
    turn: Turn, identity: Identity, dialog: Dialog, question: Message, files: list[Attachment]
) -> Turn:
    """Raises `NotFound` for a knowledge base or document that is not the caller's."""
    documents = access.get_documents(identity, question.doc_ids)
    named_bases = access.get_knowledge_bases(identity, question.kb_ids)
    links = _BASES_OF_DIALOG.all(dialog.pk, dialog.owner_id)
    # The dialog's own bases, then those that the question names itself or by a document.
    kb_ids: list[UUID] = [link.knowledgebase_id for link in links]
    kb_ids += [base.pk for base in named_bases]
    kb_ids += [document.knowledge_base_id for document in documents]
    return replace(
        turn,
        kb_ids=tuple(dict.fromkeys(kb_ids)),
        doc_ids=tuple(document.pk for document in documents),
        files=tuple(files),
    )


def _options(dialog: Dialog) -> dict[str, Any]:
    """Raises `InternalError` if the key of the dialog's model server cannot be read."""
    try:
        return dialog.model_options()
    except Undecryptable:
        if not getattr(get_engine(dialog.engine), "uses_model", True):
            return dict(dialog.model_settings)
        raise InternalError(
            "The key of this dialog's model server cannot be read, since this server's SECRET_KEY"
            " has changed. It has to be entered again in the admin"
        ) from None
