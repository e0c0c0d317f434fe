"""Requests from the JSON bodies and the query strings of HTTP, with the names of the socket's."""

from __future__ import annotations

from typing import Any, TypeVar

from chat.answers.requests import Request
from chat.http.request import HttpRequest
from chat.websocket.frame_parser import parse_fields, parse_object
from core.errors import BadRequest

Kind = TypeVar("Kind", bound=Request)

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
BOOLEAN_FIELDS = frozenset({"stream", "events"})
NUMBER_FIELDS = frozenset({"offset", "reasoning_offset", "wait"})
LIST_FIELDS = frozenset({"kb_ids", "doc_ids", "files"})
# Far more than any offset has.
MAX_DIGITS = 15


def request_in_body(kind: type[Kind], name: str, request: HttpRequest, **ids: str) -> Kind:
    """The request of type `name`, as the socket's frames have it; `ids` are those of the path."""
    body = request.text()
    fields = parse_object(body, "body") if body.strip() else {}
    return _typed(kind, parse_fields(name, {**fields, **ids}))


def request_in_query(kind: type[Kind], name: str, request: HttpRequest, **ids: str) -> Kind:
    return _typed(kind, parse_fields(name, {**query_fields(request), **ids}))


def _typed(kind: type[Kind], request: Request) -> Kind:
    assert isinstance(request, kind)  # noqa: S101 - `PARSERS` says which it is
    return request


def query_fields(request: HttpRequest) -> dict[str, Any]:
    """The values of the query, with the types that JSON would give them."""
    return {name: _value(name, text) for name, text in request.query().items()}


def _value(name: str, text: str) -> Any:
    if name in BOOLEAN_FIELDS:
        if text.lower() not in BOOLEANS:
            raise BadRequest(f"`{name}` must be true or false")
        return BOOLEANS[text.lower()]
    if name in NUMBER_FIELDS:
        return whole_number(name, text)
    return text.split(",") if name in LIST_FIELDS else text


def whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise BadRequest(f"`{name}` must be a whole number, 0 or more")
    return int(text)
