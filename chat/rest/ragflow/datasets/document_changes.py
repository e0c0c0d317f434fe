"""Changes of one document, below `/ragflow`: its name counts, the rest is kept and shown."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from chat.rest.ragflow.datasets import parser_config, shapes
from chat.rest.ragflow.datasets.refusals import (
    LONG_FILE_NAME,
    OTHER_SUFFIX,
    TAKEN_FILE_NAME,
    no_attribute,
    wrong_argument,
)
from chat.rest.ragflow.views import Refusal
from knowledge.ingestion import MAX_NAME, document_name, rename
from knowledge.models import Document

FIXED = ("chunk_count", "token_count", "progress")
METHODS = (*parser_config.METHODS, "knowledge_graph")
MAX_META_CHARS = 65_535


def change_document(document: Document, body: dict[str, Any]) -> None:
    """RAGFlow ignores fields that it does not know."""
    _check_fixed(document, body)
    if not body.get("enabled", True):
        raise Refusal("Documents cannot be switched off here: switch off their chunks")
    extra = dict(document.extra)
    if "meta_fields" in body:
        extra["meta_fields"] = _meta_fields(body["meta_fields"])
    if method := _method(document, body):
        extra["chunk_method"] = method
        extra.pop("parser_config", None)
    if config := _config(body):
        kept = {} if method else shapes.document_config(document)
        extra["parser_config"] = parser_config.merged(
            kept or parser_config.default_config(method or "naive"), config
        )
        parser_config.check_size("parser_config", extra["parser_config"])
    if "name" in body:
        _rename(document, body["name"])
    document.extra = extra
    document.save(update_fields=["extra", "updated_at"])


def _check_fixed(document: Document, body: dict[str, Any]) -> None:
    """As they are, they may be sent."""
    shown = shapes.document(document)
    for name in FIXED:
        if name in body and body[name] != shown[name]:
            raise Refusal(f"Can't change `{name}`.")


def _meta_fields(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal("meta_fields must be a dictionary")
    if len(str(value)) > MAX_META_CHARS:
        raise Refusal(f"meta_fields may have at most {MAX_META_CHARS:,} characters")
    return value


def _method(document: Document, body: dict[str, Any]) -> str | None:
    """None if it stays as it is."""
    if "chunk_method" not in body:
        return None
    method = body["chunk_method"]
    if method not in METHODS:
        raise Refusal(f"`chunk_method` {str(method)[:100]} doesn't exist")
    return None if method == shapes.document(document)["chunk_method"] else str(method)


def _config(body: dict[str, Any]) -> dict[str, Any]:
    config = body.get("parser_config") or {}
    if not isinstance(config, dict):
        raise Refusal("parser_config must be a dictionary")
    return config


def _rename(document: Document, name: Any) -> None:
    if name == document.name:
        return
    if not isinstance(name, str):
        raise no_attribute(name, "encode")
    if len(name.encode()) > MAX_NAME:
        raise wrong_argument(LONG_FILE_NAME)
    if PurePath(name.lower()).suffix != PurePath(document.name.lower()).suffix:
        raise wrong_argument(OTHER_SUFFIX)
    if document_name(name) != document.name and not rename(document, name, read=False):
        raise Refusal(TAKEN_FILE_NAME)
