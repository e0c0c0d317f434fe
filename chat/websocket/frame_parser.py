"""Parses client WebSocket frames into requests. Pure; `frames.py` is the other half."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from django.conf import settings

from chat.answers.requests import (
    Ask,
    Feedback,
    Follow,
    Notices,
    Ping,
    Regenerate,
    Request,
    Resume,
    Stop,
    Switch,
    Unfollow,
)
from core.errors import BadRequest, TooLarge
from core.storable_text import is_storable
from knowledge.text.cleaning import is_blank

MAX_IDS = 100
MAX_REQUEST_ID_CHARS = 64
MAX_COMMENT_CHARS = 2000
RATINGS = ("up", "down")


def parse(text: str) -> Request:
    """The request in one text frame. Raises BadRequest or TooLarge."""
    fields = parse_object(text)
    return parse_fields(_Body(fields).string("type") or "chat", fields)


def parse_fields(kind: str, fields: dict[str, Any]) -> Request:
    """The request of that `kind`, from the fields of its JSON object. Raises BadRequest."""
    body = _Body(fields)
    try:
        parse_body = PARSERS.get(kind)
        if parse_body is None:
            raise BadRequest(f"`type` must be one of {', '.join(PARSERS)}")
        return parse_body(body)
    except BadRequest as error:
        error.details |= body.request_id_if_valid()
        raise


def parse_object(text: str, source: str = "frame", max_bytes: int | None = None) -> dict[str, Any]:
    """`source` is what the text came in, for the sentence of a refusal."""
    limit = max_bytes or settings.MAX_FRAME_BYTES
    if len(text) > limit or len(_encoded(text)) > limit:
        raise TooLarge(f"A {source} may have at most {limit} bytes")
    try:
        value = json.loads(
            text, parse_constant=_reject_constant, object_pairs_hook=_reject_duplicates
        )
    except (ValueError, RecursionError):
        raise BadRequest(f"The {source} is not valid JSON") from None
    if not isinstance(value, dict):
        raise BadRequest(f"The {source} must be a JSON object")
    return value


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _reject_constant(name: str) -> NoReturn:
    raise BadRequest(f"`{name}` is not a JSON value")


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadRequest(f"`{_quotable(name)}` appears twice")
        found[name] = value
    return found


def _quotable(name: str) -> str:
    """A key of the client's, made short and safe enough to be quoted in an error."""
    return name[:40].encode("utf-8", "replace").decode()


class _Body:
    """The frame's fields, each read and checked by a method. `null` means absent."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def string(self, name: str) -> str | None:
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadRequest(f"`{name}` must be a string")
        return _storable(name, value)

    def required(self, name: str) -> str:
        value = self.string(name)
        if value is None or not value.strip():
            raise BadRequest(f"`{name}` is required")
        return value

    def id(self, name: str) -> str | None:
        """Clients that keep ids in variables send "" for "none yet"."""
        return self.string(name) or None

    def boolean(self, name: str, default: bool) -> bool:
        value = self._fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise BadRequest(f"`{name}` must be true or false")
        return value

    def offset(self, name: str) -> int | None:
        value = self._fields.get(name)
        if value is None:
            return None
        # bool is an int to Python, not to JSON.
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadRequest(f"`{name}` must be a whole number, 0 or more")
        return value

    def ids(self, name: str) -> tuple[str, ...]:
        value = self._fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadRequest(f"`{name}` must be an array of strings")
        if len(value) > MAX_IDS:
            raise BadRequest(f"`{name}` may have at most {MAX_IDS} entries")
        found = (_storable(name, item).strip() for item in value)
        return tuple(dict.fromkeys(item for item in found if item))

    def ids_or_commas(self, name: str) -> tuple[str, ...]:
        value = self._fields.get(name)
        if isinstance(value, str):
            self._fields[name] = value.split(",")
        elif value is not None and not isinstance(value, list):
            raise BadRequest(f"`{name}` must be a comma-separated string or an array of strings")
        return self.ids(name)

    def request_id(self) -> str | None:
        value = self.string("request_id")
        if value is not None and not 0 < len(value) <= MAX_REQUEST_ID_CHARS:
            raise BadRequest(f"`request_id` must have 1 to {MAX_REQUEST_ID_CHARS} characters")
        return value

    def request_id_if_valid(self) -> dict[str, str | int]:
        try:
            value = self.request_id()
        except BadRequest:
            return {}
        return {"request_id": value} if value else {}


def _storable(name: str, text: str) -> str:
    if not is_storable(text):
        raise BadRequest(f"`{name}` contains characters that are not text")
    return text


def _parse_ask(body: _Body) -> Ask:
    request_id = body.request_id()
    question = body.required("question")
    if is_blank(question):
        raise BadRequest("`question` has no character that is visible")
    if len(question) > settings.MAX_QUESTION_CHARS:
        raise BadRequest(f"`question` may have at most {settings.MAX_QUESTION_CHARS} characters")
    files = body.ids("files")
    if len(files) > settings.MAX_FILES_PER_QUESTION:
        raise BadRequest(f"`files` may have at most {settings.MAX_FILES_PER_QUESTION} entries")
    return Ask(
        chat_id=body.required("chat_id"),
        question=question,
        stream=body.boolean("stream", True),
        session_id=body.id("session_id"),
        kb_ids=body.ids("kb_ids"),
        doc_ids=body.ids_or_commas("doc_ids"),
        files=files,
        request_id=request_id,
        offset=body.offset("offset") or 0,
        events=body.boolean("events", False),
        edit=body.id("edit"),
    )


def _parse_stop(body: _Body) -> Stop:
    stop = Stop(id=body.id("id"), request_id=body.request_id())
    if not (stop.id or stop.request_id):
        raise BadRequest("`id` or `request_id` is required")
    return stop


def _parse_resume(body: _Body) -> Resume:
    resume = Resume(
        id=body.id("id"),
        session_id=body.id("session_id"),
        offset=body.offset("offset") or 0,
        reasoning_offset=body.offset("reasoning_offset"),
        events=body.boolean("events", False),
    )
    if not (resume.id or resume.session_id):
        raise BadRequest("`id` or `session_id` is required")
    return resume


def _parse_feedback(body: _Body) -> Feedback:
    rating, comment = body.string("rating"), body.string("comment") or ""
    if rating not in (*RATINGS, None):
        raise BadRequest('`rating` must be "up", "down" or null')
    if len(comment) > MAX_COMMENT_CHARS:
        raise BadRequest(f"`comment` may have at most {MAX_COMMENT_CHARS} characters")
    return Feedback(body.required("id"), rating, comment)


PARSERS: dict[str, Callable[[_Body], Request]] = {
    "chat": _parse_ask,
    "stop": _parse_stop,
    "resume": _parse_resume,
    "ping": lambda _: Ping(),
    "follow": lambda body: Follow(body.required("session_id")),
    "unfollow": lambda body: Unfollow(body.required("session_id")),
    "notices": lambda _: Notices(),
    "regenerate": lambda body: Regenerate(body.required("id"), body.boolean("events", False)),
    "switch": lambda body: Switch(body.required("id")),
    "feedback": _parse_feedback,
}
