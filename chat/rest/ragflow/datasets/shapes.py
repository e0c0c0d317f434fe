"""Datasets, documents and chunks with all the keys that RAGFlow's programs read."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.utils.http import http_date

from chat.rest.datasets import serialization
from chat.rest.datasets.serialization import CHARS_PER_TOKEN
from chat.rest.ragflow.datasets import embedding_models, parser_config
from knowledge import reading_log
from knowledge.models import Document, KnowledgeBase

UNSTARTED = "UNSTART"
# Kept in `extra`, and what is shown as long as nothing is kept.
KEPT_DATASET = {
    "avatar": None,
    "permission": "me",
    "embedding_model": embedding_models.DEFAULT,
    "chunk_method": "naive",
    "pagerank": 0,
}
# RAGFlow's types of files that are no plain documents.
TYPES = {"pdf": "pdf"} | dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "bmp"), "visual")
# A file that is read within the same millisecond has taken some time, too.
LEAST_SECONDS = 0.001


def dataset(row: Any) -> dict[str, Any]:
    """Of a row with `document_total` and `chunk_total`."""
    kept = {name: row.extra.get(name, value) for name, value in KEPT_DATASET.items()}
    more = {
        "description": row.description or None,
        "parser_config": config_of(row),
        "language": "English",
        "token_num": 0,
        "similarity_threshold": 0.2,
        "vector_similarity_weight": 0.3,
    }
    return serialization.dataset(row) | kept | more | _dates(row)


def method_of(row: KnowledgeBase) -> str:
    return str(row.extra.get("chunk_method", KEPT_DATASET["chunk_method"]))


def config_of(row: KnowledgeBase) -> dict[str, Any]:
    """What is kept; else RAGFlow's default, with the length of chunks that was set elsewhere."""
    kept: dict[str, Any] | None = row.extra.get("parser_config")
    if kept is not None:
        return kept
    config = parser_config.default_config(method_of(row))
    if row.chunk_chars:
        config[parser_config.CHUNK_TOKENS] = row.chunk_chars // CHARS_PER_TOKEN
    return config


def document(row: Document) -> dict[str, Any]:
    """`row` has its knowledge base."""
    suffix = PurePath(row.name).suffix.removeprefix(".").lower()
    shown = serialization.document(row) | _dates(row)
    more = {
        "chunk_method": row.extra.get("chunk_method") or method_of(row.knowledge_base),
        "parser_config": document_config(row),
        "meta_fields": row.extra.get("meta_fields", {}),
        "thumbnail": None,
        "location": row.name,
        "suffix": suffix,
        "type": TYPES.get(suffix, "doc"),
        "run": UNSTARTED if is_unstarted(row) else shown["run"],
        "progress": 0.0 if row.status == Document.Status.STOPPED else shown["progress"],
    }
    return shown | more | _processing(row, shown["progress_msg"])


def document_config(row: Document) -> dict[str, Any]:
    kept: dict[str, Any] | None = row.extra.get("parser_config")
    return config_of(row.knowledge_base) if kept is None else kept


def is_unstarted(row: Document) -> bool:
    """Whether it was uploaded here, and never was to be read."""
    return row.status == Document.Status.STOPPED and not row.log


def _processing(row: Document, messages: str) -> dict[str, Any]:
    begun = [at for at, event, _ in row.log if event == reading_log.QUEUED]
    begun += [at for at, _, _ in row.log[:1] if not begun]
    if not begun:
        return {"process_begin_at": None, "process_duration": 0.0}
    seconds = max((row.log[-1][0] - begun[-1]) / 1000, LEAST_SECONDS)
    if row.status == Document.Status.READY:
        messages = f"{messages}\nTask done ({seconds:.2f}s)."
    return {
        "process_begin_at": http_date(begun[-1] / 1000),
        "process_duration": seconds,
        "progress_msg": messages,
    }


def _dates(row: Any) -> dict[str, Any]:
    return {"create_date": _date(row.created_at), "update_date": _date(row.updated_at)}


def _date(moment: datetime) -> str:
    return http_date(moment.timestamp())
