"""Looks up what an address about knowledge names, for the one who asks."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from rest_framework.request import Request

from accounts.identity import Identity
from chat import access
from core.errors import NotFound
from core.ids import parse_id
from core.storable_text import is_storable
from knowledge.models import Document, KnowledgeBase


def caller(request: Request) -> Identity:
    # Requests without a valid credential do not reach a view.
    return cast(Identity, request.auth)


def dataset_of(request: Request, dataset_id: str) -> KnowledgeBase:
    return access.get_knowledge_base(caller(request), dataset_id)


def document_of(request: Request, dataset_id: str, document_id: str) -> Document:
    [document] = access.get_documents_in(dataset_of(request, dataset_id), [document_id])
    return document


def named(request: Request, rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Those of the `id` and the `name` in the query. An id that is none of them is not found."""
    if id := request.query_params.get("id"):
        rows = rows.filter(pk=parse_id(id))
        if not rows.exists():
            raise NotFound(f"There is no such {kind}")
    if name := request.query_params.get("name"):
        rows = rows.filter(name=name) if is_storable(name) else rows.none()
    return rows
