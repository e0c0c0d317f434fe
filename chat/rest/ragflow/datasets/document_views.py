"""The documents of a dataset, as RAGFlow answers, down to its sentences.

As there, an upload waits until it is to be parsed, and a name that is taken gets a number.
"""

from __future__ import annotations

from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit.record import record, row_label
from accounts.models import Action
from accounts.scopes import Scope
from chat.rest.datasets import fields
from chat.rest.datasets.views import MAX_DOCUMENTS
from chat.rest.ragflow.datasets import shapes
from chat.rest.ragflow.datasets.bodies import loose_body, means_all
from chat.rest.ragflow.datasets.document_changes import change_document
from chat.rest.ragflow.datasets.document_filters import filtered
from chat.rest.ragflow.datasets.free_names import free_document_names
from chat.rest.ragflow.datasets.lookup import (
    dataset_of,
    document_of,
    is_descending,
    once,
    page_slice,
    partly_done,
    pks,
)
from chat.rest.ragflow.datasets.refusals import (
    LONG_FILE_NAME,
    NO_DATASET_TO_UPDATE,
    NO_DOCUMENT_TO_UPDATE,
    NO_FILE_CHOSEN,
    NO_FILE_PART,
    failed,
    unknown_documents,
    unsupported_file,
    wrong_argument,
)
from chat.rest.ragflow.datasets.suffixes import SUFFIXES
from chat.rest.ragflow.views import RAGFlowView, Refusal, result
from knowledge.ingestion import MAX_NAME, upload
from knowledge.models import Document, KnowledgeBase
from knowledge.original_response import original_response


class DocumentList(RAGFlowView):
    scopes = {"GET": Scope.READ, "POST": Scope.MANAGE, "DELETE": Scope.MANAGE}
    parser_classes = (MultiPartParser,)

    def get(self, request: Request, dataset_id: str) -> Response:
        base = dataset_of(request, dataset_id, _no_dataset)
        rows = filtered(base, request.query_params)
        sign = "-" if is_descending(request) else ""
        name = request.query_params.get("orderby", "")
        order = fields.ORDERS.get(name, fields.ORDERS["create_time"])
        # RAGFlow counts without the limits of time.
        total = rows.count()
        rows = fields.created_between(request, rows).order_by(f"{sign}{order}", f"{sign}pk")
        page = rows.select_related("knowledge_base")[page_slice(request)]
        return result({"total": total, "docs": [shapes.document(row) for row in page]})

    def post(self, request: Request, dataset_id: str) -> Response:
        base = dataset_of(request, dataset_id, _unknown_dataset)
        files = request.FILES.getlist("file")
        if not files:
            raise wrong_argument(NO_FILE_CHOSEN if _has_parts(request) else NO_FILE_PART)
        names = [file.name or "unnamed" for file in files]
        _check_names(names)
        if base.documents.count() + len(files) > MAX_DOCUMENTS:
            raise Refusal(f"A dataset may have at most {MAX_DOCUMENTS} documents")
        free = free_document_names(base.documents.all(), names)
        documents = upload(base, list(zip(free, files, strict=True)), queue=False)
        return result([shapes.document(row) for row in documents])

    def delete(self, request: Request, dataset_id: str) -> Response:
        """Those that are there, also if others are not."""
        base, body = dataset_of(request, dataset_id, _no_dataset), loose_body(request.body)
        if not body.get("ids"):
            if means_all(body, self.release):
                _delete(base.documents.all())
            return result()
        ids, twice = once(body["ids"], "document")
        found, missing = found_documents(base, ids)
        _delete(base.documents.filter(pk__in=[row.pk for row in found]))
        if missing:
            raise unknown_documents(missing)
        return partly_done("deleted", "datasets", len(found), twice)


class DocumentDetail(RAGFlowView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE, "PATCH": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str, document_id: str) -> HttpResponse:
        """The original, as it was uploaded."""
        base = dataset_of(request, dataset_id, _not_own_dataset)
        document = document_of(base, document_id, _not_own_document)
        try:
            return original_response(document)
        except FileNotFoundError:
            raise Refusal("This file is empty.") from None

    def put(self, request: Request, dataset_id: str, document_id: str) -> Response:
        base = dataset_of(request, dataset_id, lambda _id: Refusal(NO_DATASET_TO_UPDATE))
        refuse = Refusal(NO_DOCUMENT_TO_UPDATE)
        document = document_of(base, document_id, lambda _id: refuse)
        change_document(document, loose_body(request.body))
        record(Action.CHANGE, row_label(document))
        return result(shapes.document(document))

    def patch(self, request: Request, dataset_id: str, document_id: str) -> Response:
        return self.put(request, dataset_id, document_id)


def found_documents(base: KnowledgeBase, ids: list[str]) -> tuple[list[Document], list[str]]:
    """In the order of `ids`; and those that there are none of."""
    by_id = pks(ids)
    rows: dict[UUID, Document] = base.documents.defer("log").in_bulk(list(by_id.values()))
    found = [rows[pk] for id in ids if (pk := by_id.get(id)) in rows]
    return found, [id for id in ids if by_id.get(id) not in rows]


def _delete(rows: QuerySet[Document]) -> None:
    with transaction.atomic():
        for row in rows.defer("log"):
            record(Action.DELETE, row_label(row))
        rows.delete()


def _check_names(names: list[str]) -> None:
    for name in names:
        if len(name.encode()) > MAX_NAME:
            raise wrong_argument(LONG_FILE_NAME)
        if PurePath(name).suffix.removeprefix(".").lower() not in SUFFIXES:
            raise unsupported_file(name)


def _has_parts(request: Request) -> bool:
    """Whether the form is longer than an empty one, which is its boundary between dashes."""
    boundary = str(request.META.get("CONTENT_TYPE", "")).partition("boundary=")[2]
    return int(request.META.get("CONTENT_LENGTH") or 0) > len(boundary) + len("--") * 2 + 2


def _no_dataset(id: str) -> Refusal:
    return Refusal(f"You don't own the dataset {id}. ")


def _not_own_dataset(id: str) -> Refusal:
    return Refusal(f"You do not own the dataset {id}.")


def _not_own_document(id: str) -> Refusal:
    return Refusal(f"The dataset not own the document {id}.")


def _unknown_dataset(id: str) -> Refusal:
    return failed(LookupError(f"Can't find the dataset with ID {id}!"))
