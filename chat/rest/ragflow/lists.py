"""Lists as RAGFlow's API narrows, orders and cuts them: what makes no sense counts as left out."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from chat.rest.datasets.fields import ORDERS
from chat.rest.ragflow.views import Refusal
from chat.rest.ragflow_errors import ROUTING
from core.ids import parse_id
from core.storable_text import is_storable

Row = TypeVar("Row", bound=Model)

MAX_DIGITS = 6
# Of orders that other rows have.
NAMES = ("create_time", "update_time", "name")


def ordered(request: Request, rows: QuerySet[Row]) -> QuerySet[Row]:
    order = request.query_params.get("orderby", "")
    field = ORDERS[order if order in NAMES else "create_time"]
    direction = "" if request.query_params.get("desc", "").lower() == "false" else "-"
    return rows.order_by(f"{direction}{field}", f"{direction}pk")


def page_of(request: Request, default: int, most: int) -> slice:
    """A page below the first is the first; one of size 0 has nothing."""
    page, size = (
        max(1, whole_number(request, "page", 1)),
        whole_number(request, "page_size", default),
    )
    size = min(max(0, size), most)
    return slice((page - 1) * size, page * size)


def whole_number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name) or str(default)
    digits = text.removeprefix("-")
    if digits.isdecimal() and len(digits) <= MAX_DIGITS:
        return int(text)
    literal = repr(text[:100])
    raise Refusal(f'ValueError("invalid literal for int() with base 10: {literal}")', ROUTING)


def named(request: Request, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of the `id` and the `name` in the query, if they are there."""
    if id := request.query_params.get("id"):
        rows = with_id(rows, id)
    return matching(request, rows, "name", "name")


def with_id(rows: QuerySet[Row], id: str) -> QuerySet[Row]:
    key = parse_id(id)
    return rows.filter(pk=key) if key else rows.none()


def matching(request: Request, rows: QuerySet[Row], name: str, lookup: str) -> QuerySet[Row]:
    """Those for which the `name` in the query is what `lookup` says, if it is there."""
    value = request.query_params.get(name)
    if not value:
        return rows
    return rows.filter(**{lookup: value}) if is_storable(value) else rows.none()
