"""Rows as JSON, in the shapes that RAGFlow's clients know. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.models import Attachment, ChatSession, Dialog, Message

# Of a dialog's model settings: those that RAGFlow's programs know.
SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens")


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def dialog(row: Dialog) -> dict[str, Any]:
    return {
        "id": row.pk.hex,
        "name": row.name,
        "description": row.description,
        "engine": row.engine,
        "avatar": "",
        "tenant_id": row.owner_id.hex,
        "language": "",
        "status": "1",
        "datasets": [{"id": base.pk.hex, "name": base.name} for base in row.knowledge_bases.all()],
        "dataset_ids": [base.pk.hex for base in row.knowledge_bases.all()],
        "llm": {
            "model_name": row.model_settings.get("model", ""),
            **{name: row.model_settings.get(name) for name in SAMPLING},
        },
        "prompt": {
            "prompt": row.prompt,
            "opener": row.opener,
            "empty_response": row.empty_response,
            "similarity_threshold": row.similarity_threshold,
            "answer_threshold": row.answer_threshold,
            "rewrites_questions": row.rewrites_questions,
            "top_n": row.top_n,
            "top_k": 1024,
            "keywords_similarity_weight": 0.7,
            "variables": [{"key": "knowledge", "optional": True}],
            "rerank_model": "",
            "show_quote": True,
        },
        "starters": row.starters,
        "create_time": milliseconds(row.created_at),
        "update_time": milliseconds(row.updated_at),
    }


def dialog_for_end_users(row: Dialog) -> dict[str, Any]:
    """What end users are shown in a chat. The dialog's configuration is for its owner only."""
    return {
        "id": row.pk.hex,
        "name": row.name,
        "description": row.description,
        "prompt": {"opener": row.opener},
        "starters": row.starters,
    }


def session(row: ChatSession) -> dict[str, Any]:
    return {
        "id": row.pk.hex,
        "chat_id": row.dialog_id.hex,
        "name": row.name,
        "create_time": milliseconds(row.created_at),
        "update_time": milliseconds(row.updated_at),
    }


def new_session(row: ChatSession, opener: str) -> dict[str, Any]:
    """With what the assistant says first, which no row keeps."""
    return {**session(row), "messages": [{"role": "assistant", "content": opener}]}


def session_with_messages(
    row: ChatSession, messages: Iterable[Message], total: int, versions: Mapping[UUID, list[UUID]]
) -> dict[str, Any]:
    """`total` is the number of all messages of the branch that it shows, of which these are one
    page; `versions` are those of edited questions, by the first."""
    listed = [message(item, versions) for item in messages]
    return {**session(row), "total": total, "messages": listed}


def message(row: Message, versions: Mapping[UUID, list[UUID]]) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": row.pk.hex,
        "role": row.role,
        "content": row.content,
        "created_at": milliseconds(row.created_at),
        "status": row.status,
    }
    if row.role == Message.Role.USER:
        files = [attachment(file) for file in row.attachments.all()]
        of_it = versions.get(row.edit_of_id or row.pk, [row.pk])
        return {**shape, "files": files, "versions": [pk.hex for pk in of_it]}
    return {
        **shape,
        "question_id": row.question_id.hex if row.question_id else None,
        "reference": row.reference,
        "reasoning": row.reasoning,
        "error": {"code": row.error_code, "message": row.error} if row.error_code else None,
        "usage": row.usage,
        "suggestions": row.suggestions,
        "rating": row.rating or None,
        "comment": row.comment,
        "timing": {"first_token_ms": row.first_token_ms, "total_ms": row.total_ms},
    }


def attachment(row: Attachment) -> dict[str, Any]:
    return {"id": row.pk.hex, "name": row.name, "size": row.size}


def listed_attachment(row: Attachment) -> dict[str, Any]:
    return {**attachment(row), "create_time": milliseconds(row.created_at)}
