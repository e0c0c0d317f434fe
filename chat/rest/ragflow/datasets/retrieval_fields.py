"""What a request for passages may say, below `/ragflow`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chat.rest.datasets.retrieval import MAX_QUESTION, MAX_RANKED, PAGE_SIZE, THRESHOLD, Query
from chat.rest.ragflow.datasets.refusals import (
    DATASETS_NO_LIST,
    DOCUMENTS_NO_LIST,
    NO_DATASET_IDS,
    NO_QUESTION,
    NO_SUCH_TOP_K,
    failed,
)
from chat.rest.ragflow.views import Refusal
from chat.rest.ragflow_errors import ROUTING

MAX_IDS = 1000
FALSE = ("", "false", "0", "no")


def query_in(body: dict[str, Any]) -> Query:
    """`keyword`, `use_kg`, `cross_languages` and the weight are taken, and do nothing: this server
    ranks by its own settings."""
    if not body.get("dataset_ids"):
        raise Refusal(NO_DATASET_IDS)
    if "question" not in body:
        raise Refusal(NO_QUESTION)
    conditions = body.get("metadata_condition") or {}
    if not isinstance(conditions, dict) or conditions.get("conditions"):
        raise Refusal("Passages cannot be searched by metadata here")
    if model := body.get("rerank_id"):
        # What RAGFlow says of a model that it has no key for.
        raise failed(LookupError(f"Model({str(model)[:100]}) not authorized"))
    page, size = _number(body, "page", 1, int), _number(body, "page_size", PAGE_SIZE, int)
    if (top_k := _number(body, "top_k", MAX_RANKED, int)) <= 0:
        raise Refusal(NO_SUCH_TOP_K, ROUTING)
    page, size = min(max(page, 1), MAX_RANKED), min(max(size, 1), MAX_RANKED)
    return Query(
        str(body["question"] or "")[:MAX_QUESTION],
        _ids(body, "dataset_ids", DATASETS_NO_LIST),
        _ids(body, "document_ids", DOCUMENTS_NO_LIST),
        page=page,
        page_size=size,
        # For RAGFlow it is the candidates for ranking by vectors: a page is filled all the same.
        ranked=min(max(top_k, page * size), MAX_RANKED),
        threshold=min(max(_number(body, "similarity_threshold", THRESHOLD, float), 0), 1),
    )


def is_marked(body: dict[str, Any]) -> bool:
    """Whether the words of the question are to be marked in the passages."""
    return str(body.get("highlight") or "").lower() not in FALSE


def _ids(body: dict[str, Any], name: str, sentence: str) -> list[str]:
    ids = body.get(name) or []
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise Refusal(sentence)
    if len(ids) > MAX_IDS:
        raise Refusal(f"`{name}` may have at most {MAX_IDS} entries")
    return list(dict.fromkeys(ids))


def _number(body: dict[str, Any], name: str, default: float, kind: Callable[[Any], Any]) -> Any:
    """Also if it is written as a text."""
    value = body.get(name, default)
    try:
        return kind(value[:20] if isinstance(value, str) else value)
    except (ValueError, TypeError, OverflowError) as error:
        raise failed(error) from None
