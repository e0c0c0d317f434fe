"""Whose rows they are. What a client names is looked up here: it is the caller's, or NotFound.

A caller is a user, or what a user's token or ticket makes of them: somebody who may ask some of the
user's dialogs only, or one of many end users, each with sessions and files of their own. Whoever
comes by a mini program is such an end user, for the dialogs that are open to them at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from accounts.identity import Identity
from chat.models import Attachment, ChatSession, Dialog, Message
from chat.sql.prepared import PreparedQuery
from core.errors import NotFound
from core.ids import parse_id
from knowledge.models import Document, KnowledgeBase

Row = TypeVar("Row", bound=Model)


def dialogs(who: Identity) -> QuerySet[Dialog]:
    return Dialog.objects.filter(owner=who.user, **_open_to(who))


def sessions(who: Identity) -> QuerySet[ChatSession]:
    whose = {"user": who.user, "end_user": who.end_user}
    return ChatSession.objects.filter(**whose, **_open_to(who, "dialog__"))


def answers(who: Identity) -> QuerySet[Message]:
    whose = {"session__user": who.user, "session__end_user": who.end_user}
    answers = Message.objects.filter(role=Message.Role.ASSISTANT, **whose)
    return answers.filter(**_open_to(who, "session__dialog__")).select_related(
        "question", "session"
    )


def _open_to(who: Identity, dialog: str = "") -> dict[str, Any]:
    """What the dialog at the end of that path has to be, besides the user's."""
    rules: dict[str, Any] = {}
    if who.dialogs is not None:
        rules[f"{dialog}pk__in"] = who.dialogs
    if who.person_id:
        rules[f"{dialog}for_mini_programs"] = True
    return rules


_DIALOG_OF = PreparedQuery(lambda owner, pk: Dialog.objects.filter(owner=owner, pk=pk))


def get_dialog(who: Identity, chat_id: str) -> Dialog:
    pk = parse_id(chat_id)
    dialog = _DIALOG_OF.first(who.user.pk, pk) if pk else None
    if dialog is None or not _is_open_to(who, dialog):
        raise NotFound("There is no such dialog")
    return dialog


def _is_open_to(who: Identity, dialog: Dialog) -> bool:
    """The rules of `_open_to`, for one that has been read."""
    is_among_theirs = who.dialogs is None or dialog.pk in who.dialogs
    return is_among_theirs and (dialog.for_mini_programs or not who.person_id)


def get_session(who: Identity, session_id: str) -> ChatSession:
    return _one(sessions(who).select_related("dialog"), session_id, "session")


_SESSION_OF = PreparedQuery(
    lambda user, dialog, pk: ChatSession.objects.filter(user=user, dialog=dialog, pk=pk)
)


def get_session_with(who: Identity, dialog: Dialog, session_id: str) -> ChatSession:
    """With a dialog that is open to them."""
    pk = parse_id(session_id)
    session = _SESSION_OF.first(who.user.pk, dialog.pk, pk) if pk else None
    if session is None or session.end_user != who.end_user:
        raise NotFound("There is no such session")
    return session


def get_answer(who: Identity, answer_id: str) -> Message:
    return _one(answers(who), answer_id, "answer")


def get_newest_answer(who: Identity, session_id: str) -> Message:
    answer = answers(who).filter(session=parse_id(session_id)).order_by("-created_at").first()
    if answer is None:
        get_session(who, session_id)
        raise NotFound("This session has no answer yet")
    return answer


def get_answer_to(who: Identity, request_id: str) -> Message:
    """The answer to the newest question they asked under that id."""
    found = answers(who).filter(question__request_id=request_id)
    answer = found.exclude(question__request_key=None).order_by("-created_at").first()
    if answer is None:
        raise NotFound("There is no answer to such a request")
    return answer


def get_knowledge_bases(who: Identity, kb_ids: Sequence[str]) -> list[KnowledgeBase]:
    whose = {"owner": who.user, **_within_dialogs(who, "pk__in")}
    return _all(KnowledgeBase, kb_ids, "knowledge base", **whose)


def get_documents(who: Identity, doc_ids: Sequence[str]) -> list[Document]:
    whose = {"knowledge_base__owner": who.user, **_within_dialogs(who, "knowledge_base__in")}
    return _all(Document, doc_ids, "document", **whose)


def _within_dialogs(who: Identity, field: str) -> dict[str, Any]:
    """Who may not see everything of the user's searches nothing that their dialogs do not."""
    if who.dialogs is None and not who.end_user:
        return {}
    links = Dialog.knowledge_bases.through.objects.filter(dialog__in=dialogs(who))
    return {field: links.values("knowledgebase_id")}


def get_attachments(who: Identity, file_ids: Sequence[str]) -> list[Attachment]:
    return _all(Attachment, file_ids, "file", owner=who.user, end_user=who.end_user)


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
