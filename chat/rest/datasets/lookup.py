"""Looks up what an address about knowledge names, for the one who asks."""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request

from accounts.identity import Identity
from chat import access
from knowledge.models import Document, KnowledgeBase


def caller(request: Request) -> Identity:
    # Requests without a valid credential do not reach a view.
    return cast(Identity, request.auth)


def dataset_of(request: Request, dataset_id: str) -> KnowledgeBase:
    return access.get_knowledge_base(caller(request), dataset_id)


def document_of(request: Request, dataset_id: str, document_id: str) -> Document:
    [document] = access.get_documents_in(dataset_of(request, dataset_id), [document_id])
    return document
