"""What a request about knowledge says: fields of bodies and queries, checked one by one.

RAGFlow's programs send fields that we have nothing for. Those that ask for nothing special are
accepted; the others are refused, so that no program believes what is not so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

from chat.rest.datasets.serialization import CHARS_PER_TOKEN
from core.errors import BadRequest
from core.storable_text import is_storable
from knowledge.text.cleaning import clean_line

MAX_IDS = 1000
MAX_DATASET_NAME = 128
MAX_DESCRIPTION = 65_535
CHUNK_CHARS = range(100, 20_001)
# The values of fields that ask for nothing that we do not do. Others may have any value.
ONLY = {
    "permission": (None, "me"),
    "chunk_method": (None, "naive"),
    "pagerank": (None, 0),
    "parse_type": (None,),
    "pipeline_id": (None,),
}
ORDERS = {"create_time": "created_at", "update_time": "updated_at", "name": "name", "size": "size"}
MAX_MILLISECONDS = 10**14


def body_of(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise BadRequest("The body must be a JSON object")
    check_only(request.data, ONLY)
    return dict(request.data)


def check_only(body: Mapping[str, Any], only: Mapping[str, Sequence[Any]]) -> None:
    """Whether the fields that `only` names have one of its values."""
    for name, values in only.items():
        if body.get(name) not in values:
            wanted = " or ".join(repr(value) for value in values if value is not None)
            raise BadRequest(f"`{name}` can only be {wanted or 'left out'} here")


def text(body: dict[str, Any], name: str, most: int, least: int = 0) -> str | None:
    """None if it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, str) and is_storable(value) and least <= len(value.strip()) <= most:
        return value.strip()
    raise BadRequest(f"`{name}` must be a text of {least} to {most} characters")


def name_of(body: dict[str, Any], most: int = MAX_DATASET_NAME) -> str | None:
    value = text(body, "name", most, 1)
    if value is not None and not clean_line(value):
        raise BadRequest("`name` must have a character that can be seen")
    return value and clean_line(value)


def chunk_chars(body: dict[str, Any]) -> int | None:
    """None if it is left out."""
    config = body.get("parser_config")
    if config is None:
        return None
    if not isinstance(config, dict):
        raise BadRequest("`parser_config` must be an object")
    chars, tokens = config.get("chunk_chars"), config.get("chunk_token_num")
    if chars is None and type(tokens) is int:
        chars = min(max(tokens * CHARS_PER_TOKEN, CHUNK_CHARS[0]), CHUNK_CHARS[-1])
    if chars is None or (type(chars) is int and chars in CHUNK_CHARS):
        return chars
    raise BadRequest("`parser_config.chunk_chars` must be a whole number from 100 to 20000")


def ids(body: dict[str, Any], name: str = "ids", null_is_all: bool = True) -> list[str] | None:
    """None means all: as RAGFlow's programs expect, null does, and nothing else."""
    if name not in body:
        raise BadRequest(f"`{name}` is missing")
    value = body[name]
    if value is None and null_is_all:
        return None
    if not isinstance(value, list) or not all(isinstance(id, str) for id in value):
        raise BadRequest(f"`{name}` must be an array of strings")
    if len(value) > MAX_IDS:
        raise BadRequest(f"`{name}` may have at most {MAX_IDS} entries")
    return list(dict.fromkeys(value))


def whole_number(body: dict[str, Any], name: str, default: int, most: int) -> int:
    value = body.get(name, default)
    if type(value) is int and 0 < value <= most:
        return value
    raise BadRequest(f"`{name}` must be a whole number from 1 to {most}")


def share(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if type(value) in (int, float) and 0 <= value <= 1:
        return float(value)
    raise BadRequest(f"`{name}` must be a number from 0 to 1")


def texts(body: dict[str, Any], name: str, most: int, most_chars: int) -> list[str] | None:
    """None if they are left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        isinstance(one, str) and is_storable(one) and len(one) <= most_chars for one in value
    ):
        raise BadRequest(f"`{name}` must be an array of texts of at most {most_chars} characters")
    if len(value) > most:
        raise BadRequest(f"`{name}` may have at most {most} entries")
    return [one.strip() for one in value if one.strip()]


def boolean(body: dict[str, Any], name: str) -> bool | None:
    """None if it is left out. RAGFlow's programs send 0 and 1, too."""
    value = body.get(name)
    if value is None or value in (True, False):
        return None if value is None else bool(value)
    raise BadRequest(f"`{name}` must be true or false")


def ordered(request: Request, rows: QuerySet[Any], orders: Iterable[str]) -> QuerySet[Any]:
    order = request.query_params.get("orderby") or "create_time"
    if order not in orders:
        raise BadRequest(f"`orderby` must be one of {', '.join(orders)}")
    direction = "" if request.query_params.get("desc", "true").lower() in ("false", "0") else "-"
    return rows.order_by(f"{direction}{ORDERS[order]}", f"{direction}pk")


def created_between(request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
    """By `create_time_from` and `create_time_to`, where 0 is no limit."""
    for name, condition in (("create_time_from", "gte"), ("create_time_to", "lte")):
        value = request.query_params.get(name) or "0"
        if not value.isdecimal() or not value.isascii() or int(value[:20]) > MAX_MILLISECONDS:
            raise BadRequest(f"`{name}` must be milliseconds since 1970")
        if int(value):
            moment = datetime.fromtimestamp(int(value) / 1000, UTC)
            rows = rows.filter(**{f"created_at__{condition}": moment})
    return rows


def only_known(body: dict[str, Any], names: Sequence[str]) -> None:
    if unknown := sorted(set(body) - {*names, *ONLY}):
        raise BadRequest(f"`{unknown[0][:100]}` cannot be changed here")
