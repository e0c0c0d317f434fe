"""The JSON bodies of RAGFlow's programs. For datasets it says what is wrong; elsewhere it does not
check, and says what then went wrong."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.request import Request

from chat.rest.ragflow.datasets.refusals import (
    MALFORMED,
    no_attribute,
    wrong_argument,
)
from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import Refusal
from chat.rest.ragflow_errors import ROUTING
from core.storable_text import is_storable

JSON_TYPE = "application/json"
# How JSON writes what no database stores in a text.
ESCAPED_NUL = "\\u0000"


def strict_body(request: Request) -> dict[str, Any]:
    content_type = str(request.META.get("CONTENT_TYPE") or None)
    if content_type.split(";")[0].strip().lower() != JSON_TYPE:
        sentence = f"Unsupported content type: Expected {JSON_TYPE}, got {content_type[:100]}"
        raise wrong_argument(sentence)
    try:
        body = parse_json(request.body)
    except (ValueError, RecursionError):
        raise wrong_argument(MALFORMED) from None
    if not isinstance(body, dict):
        sentence = f"Invalid request payload: expected object, got {type(body).__name__}"
        raise wrong_argument(sentence)
    return body


def loose_body(content: bytes) -> dict[str, Any]:
    """An empty one has no fields."""
    try:
        body = parse_json(content) if content else {}
    except (ValueError, RecursionError):
        raise Refusal("<BadRequest '400: Bad Request'>", ROUTING) from None
    if body is not None and not isinstance(body, dict):
        raise no_attribute(body, "get")
    return body or {}


def parse_json(content: bytes) -> Any:
    """Raises ValueError if it is none, or has text that cannot be stored."""
    value = json.loads(content, parse_constant=_refuse)
    text = json.dumps(value, ensure_ascii=False)
    if not is_storable(text) or ESCAPED_NUL in text:
        raise ValueError(ESCAPED_NUL)
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def means_all(body: dict[str, Any], release: Release) -> bool:
    """Whether a body without ids means all rows. Since release 0.25 that has to be said."""
    return body.get("delete_all") is True if release.is_new else True
