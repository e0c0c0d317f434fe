"""`/api/v1/retrieval`: the chunks that fit a question best, with how well they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.identity import Identity
from accounts.scopes import Scope
from chat import access
from chat.answers.search_threads import in_search_thread
from chat.http.request import HttpRequest
from chat.http.responses import JsonResponse, Response, envelope
from chat.http.router import Route
from chat.rest.datasets import fields, serialization
from chat.websocket.frame_parser import parse_object
from core.errors import BadRequest, NotFound
from knowledge.search.retrieval import search

MAX_QUESTION = 16_000
# How many chunks are ranked at most, and how many of them are a page.
MAX_RANKED, PAGE_SIZE = 1024, 30
THRESHOLD = 0.2
# The values of fields that ask for nothing that we do not do.
ONLY: dict[str, tuple[Any, ...]] = {
    "rerank_id": (None, "", 0),
    "use_kg": (None, False),
    "metadata_condition": (None, {}),
}


@dataclass(frozen=True, slots=True)
class Query:
    question: str
    dataset_ids: list[str]
    document_ids: list[str]
    page: int
    page_size: int
    ranked: int
    threshold: float


async def post_retrieval(request: HttpRequest) -> Response:
    query = _query(parse_object(request.text(), "body"))
    identity = request.identity
    return JsonResponse(
        envelope(await in_search_thread(identity.user.pk, retrieve, identity, query))
    )


def _query(body: dict[str, Any]) -> Query:
    fields.check_only(body, ONLY)
    question = fields.text(body, "question", MAX_QUESTION)
    if question is None:
        raise BadRequest("`question` is missing")
    dataset_ids = fields.ids(body, "dataset_ids", null_is_all=False)
    if not dataset_ids:
        raise BadRequest("`dataset_ids` must name at least one dataset")
    has_documents = body.get("document_ids") is not None
    return Query(
        question,
        dataset_ids,
        fields.ids(body, "document_ids", null_is_all=False) or [] if has_documents else [],
        page=fields.whole_number(body, "page", 1, MAX_RANKED),
        page_size=fields.whole_number(body, "page_size", PAGE_SIZE, MAX_RANKED),
        ranked=fields.whole_number(body, "top_k", MAX_RANKED, MAX_RANKED),
        threshold=fields.share(body, "similarity_threshold", THRESHOLD),
    )


def retrieve(identity: Identity, query: Query) -> dict[str, Any]:
    bases = [base.pk for base in access.get_knowledge_bases(identity, query.dataset_ids)]
    found = search(
        query.question,
        owner_id=identity.user.pk,
        kb_ids=bases,
        doc_ids=_documents(identity, query, bases),
        limit=query.ranked,
        threshold=query.threshold,
    )
    start = (query.page - 1) * query.page_size
    page = found[start : start + query.page_size]
    return {
        "total": len(found),
        "chunks": [serialization.retrieved_chunk(chunk) for chunk in page],
        "doc_aggs": serialization.document_counts(found),
    }


def _documents(identity: Identity, query: Query, bases: list[UUID]) -> list[UUID]:
    documents = access.get_documents(identity, query.document_ids)
    if any(document.knowledge_base_id not in bases for document in documents):
        raise NotFound("There is no such document in these datasets")
    return [document.pk for document in documents]


RETRIEVAL_ROUTES = [Route("POST", "api/v1/retrieval", post_retrieval, (Scope.READ,))]
