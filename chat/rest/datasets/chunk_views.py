"""The chunks of a document over HTTP, with the addresses and shapes of RAGFlow's API."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.record import record, row_label
from accounts.models import Action
from accounts.rest.paging import page_of
from accounts.scopes import Scope
from chat import access
from chat.rest.datasets import fields, serialization
from chat.rest.datasets.lookup import document_of
from core.counting import counted
from core.errors import BadRequest, TooLarge
from core.storable_text import is_storable
from knowledge.chunk_editing import add_chunk, delete_chunks, save_changes
from knowledge.models import Chunk, Document

# Rows of a page: by default, and at most.
PAGE = 30, 1000
MAX_CHUNKS = 50_000
# Of one chunk: characters of its text, and how many keywords or questions, of how many characters.
MAX_TEXT = 20_000
NAMES = 100, 1000
FIELDS = ("content", "important_keywords", "questions", "available")


class ChunkList(APIView):
    scopes = {
        "GET": Scope.READ,
        "POST": Scope.MANAGE,
        "PUT": Scope.MANAGE,
        "DELETE": Scope.MANAGE,
    }

    def get(self, request: Request, dataset_id: str, document_id: str) -> Response:
        document = document_of(request, dataset_id, document_id)
        rows = document.chunks.defer("terms", "title_terms")
        if id := request.query_params.get("id"):
            rows = rows.filter(pk__in=[row.pk for row in access.get_chunks_in(document, [id])])
        if keywords := request.query_params.get("keywords"):
            rows = rows.filter(text__icontains=keywords) if is_storable(keywords) else rows.none()
        chunks = [serialization.chunk(row, document) for row in rows[page_of(request, *PAGE)]]
        shown = serialization.document(document)
        return Response({"total": rows.count(), "chunks": chunks, "doc": shown})

    def post(self, request: Request, dataset_id: str, document_id: str) -> Response:
        """Add one, behind the others."""
        document, body = (
            document_of(request, dataset_id, document_id),
            fields.body_of(request),
        )
        text = fields.text(body, "content", MAX_TEXT, 1)
        if text is None:
            raise BadRequest("`content` is missing")
        if document.chunk_count >= MAX_CHUNKS:
            raise TooLarge(f"A document may have at most {MAX_CHUNKS} chunks")
        names = [
            fields.texts(body, name, *NAMES) or [] for name in ("important_keywords", "questions")
        ]
        chunk = add_chunk(document, text, *names)
        record(Action.CHANGE, row_label(document), "a chunk was added")
        return Response({"chunk": serialization.chunk(chunk, document)})

    def put(self, request: Request, dataset_id: str, document_id: str) -> Response:
        """Switch those in `chunk_ids` off, or back on."""
        document, body = (
            document_of(request, dataset_id, document_id),
            fields.body_of(request),
        )
        is_enabled = fields.boolean(body, "available")
        if is_enabled is None:
            raise BadRequest("`available` is missing")
        wanted = fields.ids(body, "chunk_ids", null_is_all=False) or []
        chunks = _with_document(access.get_chunks_in(document, wanted), document)
        for chunk in chunks:
            chunk.is_enabled = is_enabled
        save_changes(chunks)
        record(Action.CHANGE, row_label(document), "chunks were switched on or off")
        return Response({"success_count": len(chunks)})

    def delete(self, request: Request, dataset_id: str, document_id: str) -> Response:
        """Delete those in `chunk_ids`; `null` deletes all."""
        document = document_of(request, dataset_id, document_id)
        wanted = fields.ids(fields.body_of(request), "chunk_ids")
        rows: QuerySet[Chunk] = document.chunks.all()
        if wanted is not None:
            found = access.get_chunks_in(document, wanted)
            rows = rows.filter(pk__in=[row.pk for row in found])
        with transaction.atomic():
            count = delete_chunks(document, rows)
            record(Action.CHANGE, row_label(document), counted(count, "chunk") + " deleted")
        return Response({"success_count": count})


class ChunkDetail(APIView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str, document_id: str, chunk_id: str) -> Response:
        document = document_of(request, dataset_id, document_id)
        [chunk] = access.get_chunks_in(document, [chunk_id])
        return Response(serialization.chunk(chunk, document))

    def put(self, request: Request, dataset_id: str, document_id: str, chunk_id: str) -> Response:
        document, body = (
            document_of(request, dataset_id, document_id),
            fields.body_of(request),
        )
        fields.only_known(body, FIELDS)
        [chunk] = _with_document(access.get_chunks_in(document, [chunk_id]), document)
        _change(chunk, body)
        save_changes([chunk])
        record(Action.CHANGE, row_label(document), f"chunk {chunk.position + 1}")
        return Response(serialization.chunk(chunk, document))


def _with_document(chunks: list[Chunk], document: Document) -> list[Chunk]:
    for chunk in chunks:
        chunk.document = document
    return chunks


def _change(chunk: Chunk, body: dict[str, Any]) -> None:
    text, is_enabled = fields.text(body, "content", MAX_TEXT, 1), fields.boolean(body, "available")
    keywords, questions = (
        fields.texts(body, name, *NAMES) for name in ("important_keywords", "questions")
    )
    chunk.text = chunk.text if text is None else text
    chunk.keywords = chunk.keywords if keywords is None else keywords
    chunk.questions = chunk.questions if questions is None else questions
    chunk.is_enabled = chunk.is_enabled if is_enabled is None else is_enabled
