"""Looks up what a request of RAGFlow's programs names, and cuts its lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from chat import access
from chat.rest.ragflow.datasets.refusals import no_dataset, no_document
from chat.rest.ragflow.lists import with_id
from chat.rest.ragflow.views import Refusal, caller, result
from core.ids import parse_id
from knowledge.models import Document, KnowledgeBase

# Rows of a page, if the request does not say how many; and at most.
PAGE_SIZE, MAX_PAGE_SIZE = 30, 1000
MAX_IDS = 1000
Refuse = Callable[[str], Refusal]


def partly_done(done: str, noun: str, count: int, errors: Sequence[str]) -> Response:
    """`errors` are ids that were named twice: RAGFlow goes on, and tells them."""
    if not errors:
        return result()
    message = f"Partially {done} {count} {noun} with {len(errors)} errors"
    return result({"success_count": count, "errors": list(errors)}, message)


def dataset_of(request: Request, dataset_id: str, refuse: Refuse = no_dataset) -> KnowledgeBase:
    rows = access.knowledge_bases(caller(request))
    base = with_id(rows, dataset_id).first()
    if base is None:
        raise refuse(dataset_id)
    return base


def document_of(base: KnowledgeBase, document_id: str, refuse: Refuse = no_document) -> Document:
    document = with_id(base.documents.all(), document_id).first()
    if document is None:
        raise refuse(document_id)
    document.knowledge_base = base
    return document


def once(ids: Any, noun: str) -> tuple[list[str], list[str]]:
    """Each id once, and a sentence for each that was there twice."""
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise Refusal(f"The ids of the {noun}s must be a list of strings")
    if len(ids) > MAX_IDS:
        raise Refusal(f"There may be at most {MAX_IDS} ids at once")
    counts = Counter(ids)
    twice = [f"Duplicate {noun} ids: {id}" for id, count in counts.items() if count > 1]
    return list(counts), twice


def pks(ids: Iterable[str]) -> dict[str, UUID]:
    """By the id that was sent, for those that are ids."""
    return {id: pk for id in ids if (pk := parse_id(id))}


def page_slice(request: Request) -> slice:
    """RAGFlow takes any number; what is none, or 0, counts as left out."""
    page = _number(request, "page", 1)
    size = min(_number(request, "page_size", PAGE_SIZE), MAX_PAGE_SIZE)
    return slice((page - 1) * size, page * size)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return (int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0) or default


def is_descending(request: Request) -> bool:
    return request.query_params.get("desc", "true").strip().lower() not in ("false", "0")
