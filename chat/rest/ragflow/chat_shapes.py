"""Dialogs as RAGFlow shows chats, up to release 0.24 and since 0.25."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist

from chat.models import Dialog
from chat.rest.datasets import serialization as datasets
from chat.rest.ragflow.chat_changes import PARAMETERS
from chat.rest.ragflow.releases import Release
from chat.rest.serialization import milliseconds

# What RAGFlow asks its models with unless it is told otherwise. Ours are asked with nothing then.
SAMPLING = {
    "temperature": 0.1,
    "top_p": 0.3,
    "presence_penalty": 0.4,
    "frequency_penalty": 0.7,
    "max_tokens": 512,
}
VECTOR_WEIGHT = 0.3
# The same for all chats.
ALIKE = {"do_refer": "1", "prompt_type": "simple", "status": "1", "language": "English"}


def kept_of(dialog: Dialog) -> dict[str, Any]:
    try:
        return dict(dialog.client_fields.fields)
    except ObjectDoesNotExist:
        return {}


def chat(dialog: Dialog, release: Release) -> dict[str, Any]:
    """With its knowledge bases, which have been counted."""
    bases, kept = list(dialog.knowledge_bases.all()), kept_of(dialog)
    shape = {
        "id": dialog.pk.hex,
        "name": dialog.name,
        "description": dialog.description,
        **ALIKE,
        "tenant_id": dialog.owner_id.hex,
        "dataset_ids": [base.pk.hex for base in bases],
        "top_k": kept.get("top_k", 1024),
        **times(dialog.created_at, dialog.updated_at),
    }
    if release.is_new:
        return {**shape, "kb_names": [base.name for base in bases], **_newer(dialog, kept)}
    return {**shape, "datasets": [datasets.dataset(base) for base in bases], **_older(dialog, kept)}


def _newer(dialog: Dialog, kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "icon": kept.get("icon", ""),
        "llm_id": _model(dialog, kept),
        "llm_setting": kept.get("llm_setting", {}),
        "rerank_id": "",
        "similarity_threshold": dialog.similarity_threshold,
        "vector_similarity_weight": kept.get("vector_similarity_weight", VECTOR_WEIGHT),
        "top_n": kept.get("top_n", dialog.top_n),
        "prompt_config": {
            "system": dialog.prompt,
            "prologue": dialog.opener,
            "empty_response": dialog.empty_response,
            "parameters": kept.get("parameters") or _parameters(dialog),
            "quote": kept.get("quote", True),
            "tts": kept.get("tts", False),
            "refine_multiturn": kept.get("refine_multiturn", dialog.rewrites_questions),
        },
    }


def _parameters(dialog: Dialog) -> list[Any]:
    """Without any, those of a prompt that has a place for knowledge."""
    has_place = not dialog.prompt or "{knowledge}" in dialog.prompt
    return list(PARAMETERS) if has_place else []


def _older(dialog: Dialog, kept: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in dialog.model_settings.items() if name in SAMPLING}
    return {
        "avatar": kept.get("icon", ""),
        "llm": {
            **SAMPLING,
            **own,
            **kept.get("llm_setting", {}),
            "model_name": _model(dialog, kept),
        },
        "prompt": {
            "similarity_threshold": dialog.similarity_threshold,
            "keywords_similarity_weight": 1 - kept.get("vector_similarity_weight", VECTOR_WEIGHT),
            "top_n": kept.get("top_n", dialog.top_n),
            "variables": kept.get("parameters", PARAMETERS),
            "rerank_model": "",
            "empty_response": dialog.empty_response,
            "opener": dialog.opener,
            "show_quote": kept.get("quote", True),
            "prompt": dialog.prompt,
        },
    }


def _model(dialog: Dialog, kept: dict[str, Any]) -> str:
    own = dialog.model_settings.get("model") or settings.ENGINES[dialog.engine].get("MODEL", "")
    return str(kept.get("llm_id") or own)


def times(created: datetime, updated: datetime) -> dict[str, Any]:
    return {
        "create_time": milliseconds(created),
        "create_date": format_datetime(created.astimezone(UTC), usegmt=True),
        "update_time": milliseconds(updated),
        "update_date": format_datetime(updated.astimezone(UTC), usegmt=True),
    }
