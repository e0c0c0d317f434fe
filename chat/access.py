"""Looks up what a client names: the row, if it is the caller's, and otherwise NotFound.

A caller is a user, or what a user's token or ticket makes of them: an identity that may ask some of
the user's dialogs only, or one of many end users, each with sessions and files of their own. A
person who logs in by a mini program is such an end user, for the dialogs that are open to mini
programs at that moment.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from accounts.errors import OutOfScope
from accounts.identity import Identity
from chat.branches import asked_on, shown_path
from chat.models import Attachment, ChatSession, Dialog, Message
from chat.sql.prepared import PreparedQuery
from core.errors import NotFound
from core.ids import parse_id
from knowledge.models import Chunk, Document, KnowledgeBase

Row = TypeVar("Row", bound=Model)


def dialogs(identity: Identity) -> QuerySet[Dialog]:
    return Dialog.objects.filter(owner=identity.user, **_open_dialogs(identity))


def sessions(identity: Identity) -> QuerySet[ChatSession]:
    owned = {"user": identity.user, "end_user": identity.end_user}
    return ChatSession.objects.filter(**owned, **_open_dialogs(identity, "dialog__"))


def messages(identity: Identity) -> QuerySet[Message]:
    owned = {"session__user": identity.user, "session__end_user": identity.end_user}
    return Message.objects.filter(**owned, **_open_dialogs(identity, "session__dialog__"))


def answers(identity: Identity) -> QuerySet[Message]:
    answers = messages(identity).filter(role=Message.Role.ASSISTANT)
    return answers.select_related("question", "session")


def _open_dialogs(identity: Identity, dialog: str = "") -> dict[str, Any]:
    """The conditions for dialogs, besides their owner; `dialog` is the look-up path to them."""
    conditions: dict[str, Any] = {}
    if identity.dialogs is not None:
        conditions[f"{dialog}pk__in"] = identity.dialogs
    if identity.person_id:
        conditions[f"{dialog}for_mini_programs"] = True
    return conditions


def own_dialogs(identity: Identity) -> QuerySet[Dialog]:
    """All of the user's: to make and delete them is for the user in person, and for tokens without
    restrictions."""
    if identity.dialogs is not None or identity.end_user:
        raise OutOfScope("A credential for single dialogs or end users cannot make or delete them")
    return Dialog.objects.filter(owner=identity.user)


_OWN_DIALOG = PreparedQuery(lambda owner, pk: Dialog.objects.filter(owner=owner, pk=pk))


def get_dialog(identity: Identity, chat_id: str) -> Dialog:
    pk = parse_id(chat_id)
    dialog = _OWN_DIALOG.first(identity.user.pk, pk) if pk else None
    if dialog is None or not _is_open(identity, dialog):
        raise NotFound("There is no such dialog")
    return dialog


def _is_open(identity: Identity, dialog: Dialog) -> bool:
    """The conditions of `_open_dialogs`, for a dialog that has been read."""
    is_listed = identity.dialogs is None or dialog.pk in identity.dialogs
    return is_listed and (dialog.for_mini_programs or not identity.person_id)


def get_session(identity: Identity, session_id: str) -> ChatSession:
    return _one(sessions(identity).select_related("dialog"), session_id, "session")


_OWN_SESSION = PreparedQuery(
    lambda user, dialog, pk: ChatSession.objects.filter(user=user, dialog=dialog, pk=pk)
)


def get_session_in(identity: Identity, dialog: Dialog, session_id: str) -> ChatSession:
    """For a dialog that `get_dialog` has returned."""
    pk = parse_id(session_id)
    session = _OWN_SESSION.first(identity.user.pk, dialog.pk, pk) if pk else None
    if session is None or session.end_user != identity.end_user:
        raise NotFound("There is no such session")
    return session


def get_answer(identity: Identity, answer_id: str) -> Message:
    return _one(answers(identity), answer_id, "answer")


def get_question(identity: Identity, message_id: str) -> Message:
    """The question with that id, or that the answer with that id answers; with its session."""
    rows = messages(identity).select_related("session", "edit_of", "question__edit_of")
    message = _one(rows, message_id, "message")
    question = message if message.role == Message.Role.USER else message.question
    if question is None:
        raise NotFound("There is no such message")
    question.session = message.session
    return question


def get_newest_answer(identity: Identity, session_id: str) -> Message:
    """Of the branch that the session shows."""
    session = get_session(identity, session_id)
    asked = asked_on(shown_path(session), "question__")
    answer = answers(identity).filter(asked, session=session).order_by("-created_at").first()
    if answer is None:
        raise NotFound("This session has no answer yet")
    return answer


def get_answer_to(identity: Identity, request_id: str) -> Message:
    """The answer to the caller's newest question with that id."""
    found = answers(identity).filter(question__request_id=request_id)
    answer = found.exclude(question__request_key=None).order_by("-created_at").first()
    if answer is None:
        raise NotFound("There is no answer to such a request")
    return answer


def get_knowledge_bases(identity: Identity, kb_ids: Sequence[str]) -> list[KnowledgeBase]:
    return _all(KnowledgeBase, kb_ids, "knowledge base", **_searched_by(identity))


def find_knowledge_bases(identity: Identity, pks: Collection[UUID]) -> QuerySet[KnowledgeBase]:
    """Those of them that `get_knowledge_bases` would return."""
    return KnowledgeBase.objects.filter(pk__in=pks, **_searched_by(identity))


def _searched_by(identity: Identity) -> dict[str, Any]:
    return {"owner": identity.user, **_in_open_dialogs(identity, "pk__in")}


def knowledge_bases(identity: Identity) -> QuerySet[KnowledgeBase]:
    """All of the user's: to manage them is for the user in person, and for tokens without
    restrictions."""
    if identity.dialogs is not None or identity.end_user:
        raise OutOfScope("A credential for single dialogs or end users is not for knowledge bases")
    return KnowledgeBase.objects.filter(owner=identity.user)


def get_knowledge_base(identity: Identity, kb_id: str) -> KnowledgeBase:
    return _one(knowledge_bases(identity), kb_id, "knowledge base")


def get_documents_in(base: KnowledgeBase, doc_ids: Sequence[str]) -> list[Document]:
    """For a knowledge base that `get_knowledge_base` has returned."""
    return _all(Document, doc_ids, "document", knowledge_base=base)


def get_chunks_in(document: Document, chunk_ids: Sequence[str]) -> list[Chunk]:
    """For a document that `get_documents_in` has returned."""
    return _all(Chunk, chunk_ids, "chunk", document=document)


def get_documents(identity: Identity, doc_ids: Sequence[str]) -> list[Document]:
    in_dialogs = _in_open_dialogs(identity, "knowledge_base__in")
    conditions = {"knowledge_base__owner": identity.user, **in_dialogs}
    return _all(Document, doc_ids, "document", **conditions)


def _in_open_dialogs(identity: Identity, field: str) -> dict[str, Any]:
    """A restricted identity searches only the knowledge bases of dialogs that are open to it."""
    if identity.dialogs is None and not identity.end_user:
        return {}
    links = Dialog.knowledge_bases.through.objects.filter(dialog__in=dialogs(identity))
    return {field: links.values("knowledgebase_id")}


def get_attachments(identity: Identity, file_ids: Sequence[str]) -> list[Attachment]:
    """Without their passages, which are read by the search, not by the thread that all share."""
    conditions = {"owner": identity.user, "end_user": identity.end_user}
    return _all(Attachment, file_ids, "file", deferred=("passages",), **conditions)


def get_attachment(identity: Identity, file_id: str) -> Attachment:
    return _one(attachments(identity), file_id, "file")


def attachments(identity: Identity) -> QuerySet[Attachment]:
    rows = Attachment.objects.filter(owner=identity.user, end_user=identity.end_user)
    return rows.defer("passages")


def _one(rows: QuerySet[Row], id: str, kind: str) -> Row:
    try:
        return rows.get(pk=parse_id(id))
    except ObjectDoesNotExist:
        raise NotFound(f"There is no such {kind}") from None


def _all(
    model: type[Row],
    ids: Sequence[str],
    kind: str,
    deferred: Sequence[str] = (),
    **conditions: object,
) -> list[Row]:
    """In the order of `ids`. Mostly there are none, and then no query is made."""
    if not ids:
        return []
    pks: list[UUID | None] = [parse_id(id) for id in ids]
    rows = model._default_manager.filter(**conditions).defer(*deferred)
    found = rows.in_bulk([pk for pk in pks if pk], field_name="id")
    if any(pk not in found for pk in pks):
        raise NotFound(f"There is no such {kind}")
    return [found[pk] for pk in dict.fromkeys(pks) if pk]
