"""The chunks of a document, as RAGFlow answers, down to its sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit.record import record, row_label
from accounts.models import Action
from accounts.scopes import Scope
from chat.rest.datasets import serialization
from chat.rest.datasets.chunk_views import MAX_CHUNKS
from chat.rest.ragflow.datasets import chunk_fields, shapes
from chat.rest.ragflow.datasets.bodies import loose_body, means_all
from chat.rest.ragflow.datasets.lookup import (
    dataset_of,
    document_of,
    once,
    page_slice,
    partly_done,
    pks,
)
from chat.rest.ragflow.datasets.refusals import failed
from chat.rest.ragflow.views import RAGFlowView, Refusal, result
from core.storable_text import is_storable
from knowledge.chunk_editing import add_chunk, delete_chunks, save_changes
from knowledge.models import Chunk, Document


class ChunkList(RAGFlowView):
    scopes = {"GET": Scope.READ, "POST": Scope.MANAGE, "DELETE": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str, document_id: str) -> Response:
        document = document_of(dataset_of(request, dataset_id), document_id)
        rows = _filtered(document, request)
        chunks = [serialization.chunk(row, document) for row in rows[page_slice(request)]]
        shown = shapes.document(document)
        return result({"total": rows.count(), "chunks": chunks, "doc": shown})

    def post(self, request: Request, dataset_id: str, document_id: str) -> Response:
        document = document_of(dataset_of(request, dataset_id), document_id)
        body = loose_body(request.body)
        text = chunk_fields.content(body.get("content"))
        must = "is required to be"
        keywords = chunk_fields.names(body, "important_keywords", must) or []
        questions = chunk_fields.questions(body, must) or []
        if document.chunk_count >= MAX_CHUNKS:
            raise Refusal(f"A document may have at most {MAX_CHUNKS} chunks")
        chunk = add_chunk(document, text, keywords, questions)
        record(Action.CHANGE, row_label(document), "a chunk was added")
        return result({"chunk": serialization.chunk(chunk, document) | _made_now()})

    def delete(self, request: Request, dataset_id: str, document_id: str) -> Response:
        """Those that are there, also if others are not."""
        document = document_of(dataset_of(request, dataset_id), document_id, _no_document)
        body = loose_body(request.body)
        ids: list[str] = []
        twice: list[str] = []
        rows: QuerySet[Chunk] = document.chunks.all()
        if body.get("chunk_ids"):
            ids, twice = once(body["chunk_ids"], "chunk")
            rows = _chunks(document, ids)
        elif not means_all(body, self.release):
            return result()
        with transaction.atomic():
            count = delete_chunks(document, rows)
            if count:
                record(Action.CHANGE, row_label(document), f"{count} chunks were deleted")
        if ids and count != len(ids):
            raise Refusal(f"rm_chunk deleted chunks {count}, expect {len(ids)}")
        if twice:
            return partly_done("deleted", "chunks", count, twice)
        return result(message=f"deleted {count} chunks")


class ChunkDetail(RAGFlowView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE, "PATCH": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str, document_id: str, chunk_id: str) -> Response:
        document = document_of(dataset_of(request, dataset_id), document_id)
        return result(serialization.chunk(_chunk(document, chunk_id), document))

    def put(self, request: Request, dataset_id: str, document_id: str, chunk_id: str) -> Response:
        document = document_of(dataset_of(request, dataset_id), document_id)
        chunk = _chunk(document, chunk_id)
        _change(chunk, loose_body(request.body))
        save_changes([chunk])
        record(Action.CHANGE, row_label(document), f"chunk {chunk.position + 1}")
        return result(serialization.chunk(chunk, document))

    def patch(self, request: Request, dataset_id: str, document_id: str, chunk_id: str) -> Response:
        return self.put(request, dataset_id, document_id, chunk_id)


def _filtered(document: Document, request: Request) -> QuerySet[Chunk]:
    rows: QuerySet[Chunk] = document.chunks.defer("terms", "title_terms")
    if id := request.query_params.get("id"):
        rows = rows.filter(id=_chunk(document, id).id)
    if keywords := request.query_params.get("keywords"):
        rows = rows.filter(text__icontains=keywords) if is_storable(keywords) else rows.none()
    if available := request.query_params.get("available"):
        rows = rows.filter(is_enabled=available.lower() in ("true", "1"))
    return rows


def _chunks(document: Document, ids: Iterable[str]) -> QuerySet[Chunk]:
    return document.chunks.filter(id__in=pks(ids).values())


def _chunk(document: Document, chunk_id: str) -> Chunk:
    chunk = _chunks(document, [chunk_id]).first()
    if chunk is None:
        raise Refusal(f"Can't find this chunk {chunk_id}")
    chunk.document = document
    return chunk


def _change(chunk: Chunk, body: dict[str, Any]) -> None:
    """RAGFlow ignores fields that it does not know."""
    must = "should be"
    keywords = chunk_fields.names(body, "important_keywords", must)
    questions = chunk_fields.questions(body, must)
    if body.get("content") is not None:
        chunk.text = chunk_fields.content(body["content"])
    if "available" in body:
        chunk.is_enabled = chunk_fields.available(body["available"])
    chunk.keywords = chunk.keywords if keywords is None else keywords
    chunk.questions = chunk.questions if questions is None else questions


def _made_now() -> dict[str, Any]:
    now = timezone.now()
    return {"create_time": f"{now:%Y-%m-%d %H:%M:%S}", "create_timestamp": now.timestamp()}


def _no_document(id: str) -> Refusal:
    return failed(LookupError(f"Can't find the document with ID {id}!"))
