"""Conversations as RAGFlow shows sessions: with what was said, and the passages of each answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from chat import branches
from chat.models import ChatSession, Message
from chat.rest.ragflow.chat_shapes import times
from chat.rest.ragflow.releases import Release
from chat.rest.serialization import milliseconds

# Of all sessions of a list together: the newest.
MAX_MESSAGES = 2000
UNUSED = ("reasoning", "usage", "suggestions", "question__content", "question__reference")


def sessions(rows: Sequence[ChatSession], release: Release) -> list[dict[str, Any]]:
    said: dict[UUID, list[Message]] = defaultdict(list)
    newest = Message.objects.filter(session__in=rows).order_by("-created_at", "-pk")
    newest = newest.select_related("question").defer(*UNUSED)
    paths = branches.shown_paths(rows)
    for message in newest[:MAX_MESSAGES]:
        if branches.leads_through(paths[message.session_id], message.question or message):
            said[message.session_id].append(message)
    return [session(row, reversed(said[row.pk]), release) for row in rows]


def session(row: ChatSession, said: Iterable[Message], release: Release) -> dict[str, Any]:
    """With `reference` in each answer, or since release 0.25 those of all beside the messages."""
    said = list(said)
    messages = [{"role": "assistant", "content": row.dialog.opener}, *map(_message, said)]
    answers = [message for message in said if message.role == Message.Role.ASSISTANT]
    shape = {
        "id": row.pk.hex,
        "chat_id": row.dialog_id.hex,
        "name": row.name,
        "user_id": row.end_user or row.user_id.hex,
        "messages": messages,
        **times(row.created_at, row.updated_at),
    }
    if release.is_new:
        return {**shape, "reference": [answer.reference for answer in answers]}
    for message, row_of_it in zip(messages[1:], said, strict=True):
        if row_of_it.role == Message.Role.ASSISTANT:
            message["reference"] = row_of_it.reference.get("chunks", [])
    return shape


def _message(row: Message) -> dict[str, Any]:
    return {
        "role": row.role,
        "content": row.content,
        "id": row.pk.hex,
        "created_at": milliseconds(row.created_at),
    }
