"""Errors as RAGFlow's programs know them: its codes, its sentences, HTTP status 200.

Nothing else in the project knows them: our own errors are translated on their way out, at the
addresses that are for such programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

ROUTING, ARGUMENTS, DATA, OPERATION, PERMISSION, AUTHENTICATION = 100, 101, 102, 103, 108, 109
# By HTTP status. What is not here, such as limits and our own failures, keeps its status: it is not
# about what was sent, and whoever retries looks at that.
CODES: Mapping[int, int] = {
    HTTPStatus.BAD_REQUEST: DATA,
    HTTPStatus.UNAUTHORIZED: AUTHENTICATION,
    HTTPStatus.FORBIDDEN: PERMISSION,
    HTTPStatus.NOT_FOUND: DATA,
    HTTPStatus.METHOD_NOT_ALLOWED: ROUTING,
    HTTPStatus.CONFLICT: DATA,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: DATA,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ARGUMENTS,
}
# There RAGFlow checks keys by other code, which calls a wrong one so.
OTHER_KEY_CHECK = "/related_questions"
NOWHERE = "There is nothing at this address"
# Sentences for which RAGFlow has its own, by the resource at the end of the address, or for all.
# `{chats}` is the id that follows `chats` in it.
SENTENCES: Mapping[tuple[str, str], str] = {
    ("There is no such dialog", "completions"): "You don't own the chat {chats}",
    ("There is no such session", "completions"): "You don't own the session",
    ("`question` is missing", ""): "`question` is required.",
}


@dataclass(frozen=True, slots=True)
class Address:
    """What a request was for: `/api/v1/chats/<id>/completions`, in parts."""

    resource: str
    ids: Mapping[str, str]

    @classmethod
    def of(cls, path: str) -> Address:
        _, _, *parts = [*path.strip("/").split("/"), "", ""]
        names, ids = parts[::2], parts[1::2]
        return cls(
            next((name for name in reversed(names) if name), ""),
            {name: id for name, id in zip(names, ids, strict=False) if id},
        )


@dataclass(frozen=True, slots=True)
class Error:
    """What we would have answered, and to what: `path` begins with `/api/`."""

    status: int
    message: str
    path: str
    # Whether the request has `Authorization`.
    has_header: bool


def is_translated(status: int) -> bool:
    return status in CODES


def translate(error: Error, is_new: bool) -> tuple[int, dict[str, Any]]:
    """HTTP's status and the body; `is_new`: since release 0.25."""
    if error.status == HTTPStatus.UNAUTHORIZED and is_new:
        body = {"code": 401, "message": "<Unauthorized '401: Unauthorized'>", "data": None}
        return HTTPStatus.UNAUTHORIZED, body
    return HTTPStatus.OK, _body(error)


def _body(error: Error) -> dict[str, Any]:
    if error.status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(error)
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        return {"code": ROUTING, "message": "<MethodNotAllowed '405: Method Not Allowed'>"}
    if error.message == NOWHERE:
        return {"code": ROUTING, "message": "<NotFound '404: Not Found'>"}
    address = Address.of(error.path)
    return {"code": CODES[error.status], "message": _sentence(error.message, address)}


def _unauthorized(error: Error) -> dict[str, Any]:
    if error.has_header:
        code = DATA if error.path.endswith(OTHER_KEY_CHECK) else AUTHENTICATION
        return {"code": code, "message": "Authentication error: API key is invalid!"}
    # RAGFlow's own code for it is 0, and its programs look at `data`.
    return {"code": 0, "data": False, "message": "`Authorization` can't be empty"}


def _sentence(message: str, address: Address) -> str:
    theirs = SENTENCES.get((message, address.resource)) or SENTENCES.get((message, ""))
    try:
        return theirs.format_map(address.ids) if theirs else message
    except KeyError:
        # What it is about was not in the address.
        return message
