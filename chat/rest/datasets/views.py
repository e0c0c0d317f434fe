"""Knowledge over HTTP, with the addresses and shapes of RAGFlow's API: its SDK works with them.

Where RAGFlow waits for a request to parse, an upload is read at once; `chunks` reads it again.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.record import record, row_label
from accounts.models import Action
from accounts.rest.paging import page_of
from accounts.scopes import Scope
from chat import access
from chat.rest.datasets import fields, serialization
from chat.rest.datasets.lookup import caller, dataset_of, document_of, named
from core.errors import BadRequest, Conflict, NotFound, TooLarge
from core.storable_text import is_storable
from knowledge.ingestion import document_name, read_again, rename, upload
from knowledge.models import Document, KnowledgeBase
from knowledge.original_response import original_response
from knowledge.reading_queue import stop

# Rows of a page: by default, and at most.
PAGE = 30, 1000
# What one user may have.
MAX_DATASETS = 1000
MAX_DOCUMENTS = 100_000
DATASET_FIELDS = (
    *("name", "description", "parser_config"),
    # Pictures and models are this server's own.
    *("avatar", "embedding_model"),
)
DOCUMENT_FIELDS = ("name",)


def with_counts(rows: QuerySet[KnowledgeBase]) -> QuerySet[KnowledgeBase]:
    return rows.annotate(
        document_total=Count("documents"), chunk_total=Sum("documents__chunk_count", default=0)
    )


def _shown(base: KnowledgeBase) -> dict[str, Any]:
    return serialization.dataset(with_counts(KnowledgeBase.objects.filter(pk=base.pk)).get())


class DatasetList(APIView):
    scopes = {"GET": Scope.READ, "POST": Scope.MANAGE, "DELETE": Scope.MANAGE}

    def get(self, request: Request) -> Response:
        bases = named(request, access.knowledge_bases(caller(request)), "knowledge base")
        bases = fields.ordered(request, bases, ("create_time", "update_time", "name"))
        page = page_of(request, *PAGE)
        return Response([serialization.dataset(base) for base in with_counts(bases)[page]])

    def post(self, request: Request) -> Response:
        bases, body = access.knowledge_bases(caller(request)), fields.body_of(request)
        name = fields.name_of(body)
        if name is None:
            raise BadRequest("`name` is missing")
        if bases.count() >= MAX_DATASETS:
            raise Conflict(f"You have {MAX_DATASETS} datasets already. Delete some.")
        base = KnowledgeBase(
            owner=caller(request).user,
            name=name,
            description=fields.text(body, "description", fields.MAX_DESCRIPTION) or "",
            chunk_chars=fields.chunk_chars(body),
        )
        _save(base)
        return Response(_shown(base))

    def delete(self, request: Request) -> Response:
        """Delete the datasets named in `ids`, with their documents; `null` deletes all."""
        bases, wanted = (
            access.knowledge_bases(caller(request)),
            fields.ids(fields.body_of(request)),
        )
        if wanted is not None:
            found = [access.get_knowledge_base(caller(request), id) for id in wanted]
            bases = bases.filter(pk__in=[base.pk for base in found])
        with transaction.atomic():
            for base in bases:
                record(Action.DELETE, row_label(base))
            bases.delete()
        return Response(None)


class DatasetDetail(APIView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str) -> Response:
        return Response(_shown(access.get_knowledge_base(caller(request), dataset_id)))

    def put(self, request: Request, dataset_id: str) -> Response:
        base, body = dataset_of(request, dataset_id), fields.body_of(request)
        fields.only_known(body, DATASET_FIELDS)
        description = fields.text(body, "description", fields.MAX_DESCRIPTION)
        base.name = fields.name_of(body) or base.name
        base.description = base.description if description is None else description
        base.chunk_chars = fields.chunk_chars(body) or base.chunk_chars
        _save(base)
        return Response(_shown(base))


class DocumentList(APIView):
    scopes = {"GET": Scope.READ, "POST": Scope.MANAGE, "DELETE": Scope.MANAGE}
    parser_classes = [*APIView.parser_classes, MultiPartParser]

    def get(self, request: Request, dataset_id: str) -> Response:
        base = dataset_of(request, dataset_id)
        rows = named(request, base.documents.all(), "document")
        if keywords := request.query_params.get("keywords"):
            rows = rows.filter(name__icontains=keywords) if is_storable(keywords) else rows.none()
        if runs := request.query_params.getlist("run"):
            rows = rows.filter(
                status__in=[s for s, run in serialization.RUN.items() if run in runs]
            )
        rows = fields.created_between(request, fields.ordered(request, rows, fields.ORDERS))
        page = rows.select_related("knowledge_base")[page_of(request, *PAGE)]
        docs = [serialization.document(row) for row in page]
        return Response({"total": rows.count(), "docs": docs})

    def post(self, request: Request, dataset_id: str) -> Response:
        """Store files and queue them to be read. The same name again replaces."""
        base, files = dataset_of(request, dataset_id), request.FILES.getlist("file")
        if not files:
            raise BadRequest("`file` must hold at least one file, as multipart/form-data")
        if base.documents.count() + len(files) > MAX_DOCUMENTS:
            raise TooLarge(f"A dataset may have at most {MAX_DOCUMENTS} documents")
        documents = upload(base, [(file.name or "unnamed", file) for file in files])
        return Response([serialization.document(row) for row in documents])

    def delete(self, request: Request, dataset_id: str) -> Response:
        """Delete the documents named in `ids`; `null` deletes all."""
        base, wanted = dataset_of(request, dataset_id), fields.ids(fields.body_of(request))
        rows = base.documents.all()
        if wanted is not None:
            found = access.get_documents_in(base, wanted)
            rows = rows.filter(pk__in=[row.pk for row in found])
        with transaction.atomic():
            for row in rows.defer("log"):
                record(Action.DELETE, row_label(row))
            rows.delete()
        return Response(None)


class DocumentDetail(APIView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str, document_id: str) -> HttpResponse:
        """The original, as it was uploaded."""
        document = document_of(request, dataset_id, document_id)
        try:
            return original_response(document)
        except FileNotFoundError:
            raise NotFound("The original of this document is not stored any more") from None

    def put(self, request: Request, dataset_id: str, document_id: str) -> Response:
        document, body = document_of(request, dataset_id, document_id), fields.body_of(request)
        fields.only_known(body, DOCUMENT_FIELDS)
        name = fields.text(body, "name", 255, 1)
        if name is not None and document_name(name) != document.name:
            if not rename(document, name):
                raise Conflict("This dataset has another document of that name")
            document.refresh_from_db()
        return Response(serialization.document(document))


class Parsing(APIView):
    """Reading documents again, and stopping that."""

    scopes = {"POST": Scope.MANAGE, "DELETE": Scope.MANAGE}

    def post(self, request: Request, dataset_id: str) -> Response:
        """Read the documents named in `document_ids` again; those that wait are read anyway."""
        return Response({"success_count": read_again(self._documents(request, dataset_id))})

    def delete(self, request: Request, dataset_id: str) -> Response:
        """Stop reading them, at once."""
        return Response({"success_count": stop(self._documents(request, dataset_id))})

    def _documents(self, request: Request, dataset_id: str) -> list[Document]:
        base, body = dataset_of(request, dataset_id), fields.body_of(request)
        wanted = fields.ids(body, "document_ids", null_is_all=False)
        return access.get_documents_in(base, wanted or [])


def _save(base: KnowledgeBase) -> None:
    try:
        with transaction.atomic():
            base.save()
    except IntegrityError:
        raise Conflict(f"You have a dataset {base.name!r} already") from None
