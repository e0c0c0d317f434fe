"""`/ragflow/api/v1/datasets/<id>/chunks`: begins to parse documents, and stops that."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from chat.rest.ragflow.datasets.bodies import loose_body
from chat.rest.ragflow.datasets.document_views import found_documents
from chat.rest.ragflow.datasets.lookup import dataset_of, once, partly_done
from chat.rest.ragflow.datasets.refusals import (
    NOT_BEING_PARSED,
    no_document,
    required,
    unknown_documents,
)
from chat.rest.ragflow.views import RAGFlowView, Refusal
from knowledge.ingestion import read_again
from knowledge.models import Document
from knowledge.reading_queue import stop


class Parsing(RAGFlowView):
    scopes = {"POST": Scope.MANAGE, "DELETE": Scope.MANAGE}

    def post(self, request: Request, dataset_id: str) -> Response:
        """Those that are there, also if others are not."""
        found, missing, twice = self._documents(request, dataset_id)
        read_again(found)
        if missing:
            raise unknown_documents(missing)
        return partly_done("parsed", "documents", len(found), twice)

    def delete(self, request: Request, dataset_id: str) -> Response:
        """All of them, or none."""
        found, missing, twice = self._documents(request, dataset_id)
        if missing:
            raise no_document(missing[0])
        if not all(document.is_open for document in found):
            raise Refusal(NOT_BEING_PARSED)
        stop(found)
        return partly_done("stopped", "documents", len(found), twice)

    def _documents(
        self, request: Request, dataset_id: str
    ) -> tuple[list[Document], list[str], list[str]]:
        base, body = dataset_of(request, dataset_id), loose_body(request.body)
        if not body.get("document_ids"):
            raise required("document_ids")
        ids, twice = once(body["document_ids"], "document")
        return *found_documents(base, ids), twice
