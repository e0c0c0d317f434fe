"""Whose rows they are. What a client names is looked up here: it is the caller's, or NotFound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from accounts.models import User
from chat.errors import NotFound
from chat.models import Attachment, ChatSession, Dialog, Message
from ids import parse_id
from knowledge.models import Document, KnowledgeBase

Row = TypeVar("Row", bound=Model)


def get_dialog(user: User, chat_id: str) -> Dialog:
    return _one(Dialog.objects.filter(owner=user), chat_id, "dialog")


def get_session(user: User, session_id: str, dialog: Dialog | None = None) -> ChatSession:
    sessions = ChatSession.objects.filter(user=user).select_related("dialog")
    if dialog:
        sessions = sessions.filter(dialog=dialog)
    return _one(sessions, session_id, "session")


def get_answer(user: User, answer_id: str) -> Message:
    return _one(answers_of(user), answer_id, "answer")


def get_newest_answer(user: User, session_id: str) -> Message:
    session = get_session(user, session_id)
    answer = answers_of(user).filter(session=session).order_by("-created_at").first()
    if answer is None:
        raise NotFound("This session has no answer yet")
    return answer


def get_answer_to(user: User, request_id: str) -> Message:
    """The answer to the newest question this user asked under that id."""
    answers = answers_of(user).filter(question__request_id=request_id)
    answer = answers.exclude(question__request_key=None).order_by("-created_at").first()
    if answer is None:
        raise NotFound("There is no answer to such a request")
    return answer


def answers_of(user: User) -> QuerySet[Message]:
    answers = Message.objects.filter(role=Message.Role.ASSISTANT, session__user=user)
    return answers.select_related("question", "session")


def get_knowledge_bases(user: User, kb_ids: Sequence[str]) -> list[KnowledgeBase]:
    return _all(KnowledgeBase, kb_ids, "knowledge base", owner=user)


def get_documents(user: User, doc_ids: Sequence[str]) -> list[Document]:
    return _all(Document, doc_ids, "document", knowledge_base__owner=user)


def get_attachments(user: User, file_ids: Sequence[str]) -> list[Attachment]:
    return _all(Attachment, file_ids, "file", owner=user)


def _one(rows: QuerySet[Row], id: str, kind: str) -> Row:
    try:
        return rows.get(pk=parse_id(id))
    except ObjectDoesNotExist:
        raise NotFound(f"There is no such {kind}") from None


def _all(model: type[Row], ids: Sequence[str], kind: str, **whose: object) -> list[Row]:
    """In the order they were named. Mostly none are, and then nothing is asked."""
    if not ids:
        return []
    pks: list[UUID | None] = [parse_id(id) for id in ids]
    found = model._default_manager.filter(**whose).in_bulk([pk for pk in pks if pk])
    if any(pk not in found for pk in pks):
        raise NotFound(f"There is no such {kind}")
    return [found[pk] for pk in dict.fromkeys(pks) if pk]
