"""What a request about datasets may say, below `/ragflow`."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.http import QueryDict

from chat.rest.ragflow.datasets import embedding_models, parser_config
from chat.rest.ragflow.datasets import validation as v
from chat.rest.ragflow.datasets.refusals import wrong_field
from core.ids import parse_id
from knowledge.text.cleaning import clean_line

MAX_NAME = 128
MAX_CHARS = 65_535
IMAGES = ["image/jpeg", "image/png"]
ORDERS = ("create_time", "update_time")


def id_rule(path: str, value: Any) -> UUID:
    id = parse_id(value) if isinstance(value, str) else None
    if id is None or id.version != 1:
        raise wrong_field(path, "Invalid UUID1 format", value)
    return id


def _name(path: str, value: Any) -> str:
    name: str = v.text(1, MAX_NAME)(path, value)
    # A name of nothing but invisible characters is none.
    return str(v.text(1)(path, clean_line(name)))


def _avatar(path: str, value: Any) -> str:
    """A picture as a `data:` address, which is kept and never opened."""
    avatar: str = v.text(0, MAX_CHARS)(path, value)
    prefix, comma, _ = avatar.partition(",")
    if not comma:
        sentence = "Missing MIME prefix. Expected format: data:<mime>;base64,<data>"
        raise wrong_field(path, sentence, value)
    if not prefix.startswith("data:"):
        raise wrong_field(path, "Invalid MIME prefix format. Must start with 'data:'", value)
    if prefix.removeprefix("data:").split(";")[0] not in IMAGES:
        raise wrong_field(path, f"Unsupported MIME type. Allowed: {IMAGES}", value)
    return avatar


def _nothing(path: str, value: Any) -> None:
    if value is not None:
        raise wrong_field(path, "There are no pipelines here: leave it out", value)


FIELDS: dict[str, v.Rule] = {
    "name": _name,
    "avatar": v.nullable(_avatar),
    "description": v.nullable(v.text(0, MAX_CHARS)),
    "embedding_model": v.nullable(embedding_models.rule),
    "permission": v.choice("me", "team"),
    "chunk_method": v.choice(*parser_config.METHODS),
    "pagerank": v.integer(0, 100),
    "parser_config": v.nullable(parser_config.rule),
    "parse_type": _nothing,
    "pipeline_id": _nothing,
}


def _order(path: str, value: str) -> Any:
    return v.choice(*ORDERS)(path, value.strip().lower())


QUERY: dict[str, v.Rule] = {
    "id": id_rule,
    "name": v.text(),
    "page": v.integer_text(1),
    "page_size": v.integer_text(1),
    "orderby": _order,
    "desc": v.boolean_text,
    "include_parsing_status": v.boolean_text,
}


def new_dataset(body: dict[str, Any]) -> dict[str, Any]:
    if "name" not in body:
        raise wrong_field("name", "Field required", body)
    return changed_dataset(body)


def changed_dataset(body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = v.checked(body, FIELDS)
    if model := fields.get("embedding_model"):
        embedding_models.check_available(model)
    return fields


def query(params: QueryDict) -> dict[str, Any]:
    fields: dict[str, Any] = v.checked(params.dict(), QUERY)
    return fields


def ids_to_delete(body: dict[str, Any]) -> list[UUID] | None:
    """None: all of them."""
    fields = v.checked(body, {"ids": v.nullable(v.array(id_rule)), "delete_all": v.boolean})
    if not fields:
        raise wrong_field("ids", "Field required", body)
    ids: list[UUID] | None = fields.get("ids")
    twice = [id.hex for id, count in Counter(ids or ()).items() if count > 1]
    if twice:
        raise wrong_field("ids", f"Duplicate ids: '{', '.join(twice)}'", body["ids"])
    return ids
