"""Datasets, as RAGFlow answers, down to its sentences."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit.record import record, row_label
from accounts.models import Action
from accounts.scopes import Scope
from chat import access
from chat.rest.datasets.fields import ORDERS
from chat.rest.datasets.views import MAX_DATASETS, with_counts
from chat.rest.ragflow.datasets import dataset_fields, embedding_models, parser_config, shapes
from chat.rest.ragflow.datasets.bodies import means_all, strict_body
from chat.rest.ragflow.datasets.free_names import free_dataset_name
from chat.rest.ragflow.datasets.lookup import MAX_IDS, MAX_PAGE_SIZE, PAGE_SIZE
from chat.rest.ragflow.datasets.refusals import (
    NOTHING_CHANGED,
    no_permission,
    taken_dataset_name,
    wrong_argument,
)
from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import RAGFlowView, Refusal, caller, result
from knowledge.models import KnowledgeBase

ONE, SOME = "dataset", "datasets:"
# Two requests for the same new name: the second looks for another one.
NAME_ATTEMPTS = 5


class DatasetList(RAGFlowView):
    scopes = {"GET": Scope.READ, "POST": Scope.MANAGE, "DELETE": Scope.MANAGE}

    def get(self, request: Request) -> Response:
        query = dataset_fields.query(request.query_params)
        rows = _named(request, query, self.release)
        sign = "-" if query.get("desc", True) else ""
        order = ORDERS[query.get("orderby", "create_time")]
        size = min(query.get("page_size", PAGE_SIZE), MAX_PAGE_SIZE)
        start = (query.get("page", 1) - 1) * size
        page = with_counts(rows.order_by(f"{sign}{order}", f"{sign}pk"))[start : start + size]
        shown = [shapes.dataset(row) for row in page]
        total = rows.count()
        return Response({"code": 0, "message": "", "data": shown, "total_datasets": total})

    def post(self, request: Request) -> Response:
        bases = access.knowledge_bases(caller(request))
        fields = dataset_fields.new_dataset(strict_body(request))
        if bases.count() >= MAX_DATASETS:
            raise Refusal(f"You have {MAX_DATASETS} datasets already. Delete some.")
        base = KnowledgeBase(owner=caller(request).user)
        _change(base, fields)
        _create(base, bases, fields["name"])
        return result(_shown(base))

    def delete(self, request: Request) -> Response:
        body = strict_body(request)
        ids = dataset_fields.ids_to_delete(body)
        bases = access.knowledge_bases(caller(request))
        if not (ids is None and means_all(body, self.release)):
            ids = ids or []
            if len(ids) > MAX_IDS:
                raise wrong_argument(f"There may be at most {MAX_IDS} ids at once")
            found = set(bases.filter(pk__in=ids).values_list("pk", flat=True))
            if missing := [id.hex for id in ids if id not in found]:
                raise no_permission(caller(request).user.pk.hex, missing, SOME, self.release)
            bases = bases.filter(pk__in=ids)
        with transaction.atomic():
            for base in bases:
                record(Action.DELETE, row_label(base))
            bases.delete()
        return result()


class DatasetDetail(RAGFlowView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE, "PATCH": Scope.MANAGE}

    def get(self, request: Request, dataset_id: str) -> Response:
        return result(_shown(self._dataset(request, dataset_id)))

    def put(self, request: Request, dataset_id: str) -> Response:
        body = strict_body(request)
        dataset_fields.id_rule("dataset_id", dataset_id)
        fields = dataset_fields.changed_dataset(body)
        if not fields:
            raise wrong_argument(NOTHING_CHANGED)
        base = self._dataset(request, dataset_id)
        name = fields.get("name", base.name)
        others = access.knowledge_bases(caller(request)).exclude(pk=base.pk)
        if name != base.name and others.filter(name__iexact=name).exists():
            raise taken_dataset_name(name)
        _change(base, fields)
        base.name = name
        if not _is_saved(base):
            raise taken_dataset_name(name)
        return result(_shown(base))

    # Since release 0.25.
    patch = put

    def _dataset(self, request: Request, dataset_id: str) -> KnowledgeBase:
        id = dataset_fields.id_rule("dataset_id", dataset_id)
        base = access.knowledge_bases(caller(request)).filter(pk=id).first()
        if base is None:
            raise no_permission(caller(request).user.pk.hex, [dataset_id], ONE, self.release)
        return base


def _named(request: Request, query: dict[str, Any], release: Release) -> QuerySet[KnowledgeBase]:
    """Of the id and of the name that are asked for. Each must be one of the caller's."""
    all_rows = rows = access.knowledge_bases(caller(request))
    for value, condition in (
        (query.get("id"), {"pk": query.get("id")}),
        (query.get("name"), {"name": query.get("name")}),
    ):
        if value:
            if not all_rows.filter(**condition).exists():
                shown = str(value).replace("-", "") if "pk" in condition else value
                raise no_permission(caller(request).user.pk.hex, [shown], ONE, release)
            rows = rows.filter(**condition)
    return rows


def _change(base: KnowledgeBase, fields: dict[str, Any]) -> None:
    """All but the name."""
    if "description" in fields:
        base.description = fields["description"] or ""
    new_method = fields.get("chunk_method", shapes.method_of(base)) != shapes.method_of(base)
    for name in shapes.KEPT_DATASET:
        if name in fields:
            base.extra[name] = fields[name]
    if base.extra.get("embedding_model", "") is None:
        base.extra["embedding_model"] = embedding_models.DEFAULT
    config = fields.get("parser_config") or {}
    if config or new_method:
        old = parser_config.default_config(shapes.method_of(base))
        old = old if new_method or base._state.adding else shapes.config_of(base)
        base.extra["parser_config"] = parser_config.merged(old, config)
        base.chunk_chars = parser_config.chunk_chars(config) or base.chunk_chars


def _create(base: KnowledgeBase, bases: QuerySet[KnowledgeBase], name: str) -> None:
    for _ in range(NAME_ATTEMPTS):
        base.name = free_dataset_name(bases, name, dataset_fields.MAX_NAME)
        if _is_saved(base):
            return
    raise taken_dataset_name(name)


def _is_saved(base: KnowledgeBase) -> bool:
    """False if there is another one of that name."""
    try:
        with transaction.atomic():
            base.save()
    except IntegrityError:
        return False
    return True


def _shown(base: KnowledgeBase) -> dict[str, Any]:
    return shapes.dataset(with_counts(KnowledgeBase.objects.filter(pk=base.pk)).get())
