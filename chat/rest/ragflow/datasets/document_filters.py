"""Which documents of a dataset a list shows, below `/ragflow`."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from chat.rest.datasets.serialization import RUN
from chat.rest.ragflow.datasets.refusals import no_document
from chat.rest.ragflow.datasets.shapes import UNSTARTED
from chat.rest.ragflow.lists import with_id
from chat.rest.ragflow.views import Refusal
from core.storable_text import is_storable
from knowledge.models import Document, KnowledgeBase

# RAGFlow's numbers for the states of `run`, which are taken as well.
NUMBERS = {"0": UNSTARTED, "1": "RUNNING", "2": "CANCEL", "3": "DONE", "4": "FAIL"}
IS_UNSTARTED = Q(status=Document.Status.STOPPED, log=[])


def filtered(base: KnowledgeBase, params: QueryDict) -> QuerySet[Document]:
    """An id and a name must be those of a document in it."""
    all_rows = base.documents.all()
    rows: QuerySet[Document] = all_rows
    if id := params.get("id"):
        rows = with_id(rows, id)
        if not rows.exists():
            raise no_document(id)
    if name := params.get("name"):
        if not is_storable(name) or not all_rows.filter(name=name).exists():
            raise no_document(name)
        rows = rows.filter(name=name)
    if keywords := params.get("keywords"):
        rows = rows.filter(name__icontains=keywords) if is_storable(keywords) else rows.none()
    _check_metadata(params.get("metadata_condition"))
    return rows.filter(_with_suffix(params.getlist("suffix")), _with_run(params.getlist("run")))


def _with_suffix(suffixes: list[str]) -> Q:
    condition = Q()
    for suffix in suffixes[:20]:
        if is_storable(suffix):
            condition |= Q(name__iendswith=f".{suffix}")
    return condition


def _with_run(runs: list[str]) -> Q:
    condition = Q()
    for run in dict.fromkeys(NUMBERS.get(run, run) for run in runs):
        if run not in NUMBERS.values():
            raise Refusal(f"Invalid filter run status conditions: {run[:100]}")
        statuses = [status for status, name in RUN.items() if name == run]
        of_run = Q(status__in=statuses) & ~IS_UNSTARTED
        condition |= IS_UNSTARTED if run == UNSTARTED else of_run
    return condition


def _check_metadata(text: str | None) -> None:
    """It is refused if it asks for anything: nothing here is found by `meta_fields`."""
    condition = _parsed(text) if text else {}
    if not isinstance(condition, dict):
        raise Refusal("metadata_condition must be an object.")
    if condition.get("conditions"):
        raise Refusal("Documents cannot be listed by metadata here")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("metadata_condition must be valid JSON.") from None
