"""Conversations: begun by their first question, with a history for the next ones."""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import sha256
from uuid import UUID

from accounts.identity import Identity
from chat import access
from chat.branches import Path, asked_on
from chat.engines.base import Exchange
from chat.models import Attachment, ChatSession, Dialog, Message
from chat.sql import statements
from core.ids import parse_id

MAX_NAME_CHARS = 80
MAX_EXCHANGES = 20


def begin(identity: Identity, dialog: Dialog, question: str) -> ChatSession:
    """A new session, named after its first question."""
    return begin_named(identity, dialog, name_for(question))


def begin_named(identity: Identity, dialog: Dialog, name: str) -> ChatSession:
    session = ChatSession(user=identity.user, end_user=identity.end_user, dialog=dialog, name=name)
    statements.insert([session])
    return session


def get_or_begin(identity: Identity, dialog: Dialog, name: str, question: str) -> ChatSession:
    """The caller's session with that id, or the one that the caller calls so."""
    pk = parse_id(name)
    own = access.sessions(identity).filter(dialog=dialog)
    if pk and (found := own.filter(pk=pk).first()):
        return found
    defaults = {
        "user": identity.user,
        "end_user": identity.end_user,
        "dialog": dialog,
        "name": name_for(question),
    }
    pk = _id_of_name(identity, dialog, name)
    return ChatSession.objects.get_or_create(pk=pk, defaults=defaults)[0]


def _id_of_name(identity: Identity, dialog: Dialog, name: str) -> UUID:
    """The same for the same name of the same caller, and no other's."""
    parts = json.dumps([identity.user.pk.hex, identity.end_user, dialog.pk.hex, name])
    return UUID(bytes=sha256(parts.encode()).digest()[:16], version=5)


def hand_over(old: str, new: str, users: Collection[UUID]) -> None:
    """Give what one end user of these users has to another, who is the same person. End users of
    others may have the same name."""
    ChatSession.objects.filter(user__in=users, end_user=old).update(end_user=new)
    Attachment.objects.filter(owner__in=users, end_user=old).update(end_user=new)


def name_for(question: str) -> str:
    words = " ".join(question.split())
    if len(words) <= MAX_NAME_CHARS:
        return words
    return words[: MAX_NAME_CHARS - 1].rstrip() + "…"


def history(session: ChatSession, path: Path) -> tuple[Exchange, ...]:
    """The exchanges on the path, oldest first. Of several answers to a question the newest counts;
    empty ones are left out."""
    # Not whole rows: the reference of an answer is a hundred times as long as its text.
    answers = (
        Message.objects.filter(session=session, role=Message.Role.ASSISTANT)
        .filter(asked_on(path, "question__"))
        .exclude(content="")
        .order_by("-question__created_at", "created_at")
        .values_list("question_id", "question__content", "content")[:MAX_EXCHANGES]
    )
    newest = {id: Exchange(question, answer) for id, question, answer in answers}
    return tuple(reversed(newest.values()))
