"""`/ragflow/api/v1/retrieval`: the passages that fit a question, as RAGFlow shows them."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity import Identity
from accounts.scopes import Scope
from chat import access
from chat.answers.search_threads import in_search_thread
from chat.rest.datasets.retrieval import Query, retrieve
from chat.rest.ragflow.datasets.bodies import loose_body
from chat.rest.ragflow.datasets.highlight import marked
from chat.rest.ragflow.datasets.lookup import pks
from chat.rest.ragflow.datasets.refusals import no_dataset
from chat.rest.ragflow.datasets.retrieval_fields import is_marked, query_in
from chat.rest.ragflow.views import RAGFlowView, Refusal, caller, result
from core.storable_text import is_storable
from knowledge.models import Document


class Retrieval(RAGFlowView):
    scopes = {"POST": Scope.READ}

    def post(self, request: Request) -> Response:
        body = loose_body(request.body)
        query, identity = query_in(body), caller(request)
        _check_ids(identity, query)
        if not query.question.strip() or not is_storable(query.question):
            return result({"total": 0, "chunks": [], "doc_aggs": []})
        search = async_to_sync(in_search_thread)
        found: dict[str, Any] = search(identity.user.pk, retrieve, identity, query)
        for chunk in found["chunks"] if is_marked(body) else ():
            chunk["highlight"] = marked(chunk["content"], query.question)
        return result(found)


def _check_ids(identity: Identity, query: Query) -> None:
    bases = pks(query.dataset_ids)
    own = {base.pk for base in access.find_knowledge_bases(identity, list(bases.values()))}
    for id in query.dataset_ids:
        if bases.get(id) not in own:
            raise no_dataset(id)
    documents = pks(query.document_ids)
    rows = Document.objects.filter(pk__in=documents.values(), knowledge_base__in=own)
    found = set(rows.values_list("pk", flat=True))
    for id in query.document_ids:
        if documents.get(id) not in found:
            raise Refusal(f"The datasets don't own the document {id}")
