"""Parses requests of OpenAI's chat completions. Parameters of the model are the dialog's business,
and ignored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from chat.answers.sessions import MAX_EXCHANGES
from chat.engines.base import Exchange
from chat.http.request import HttpRequest
from chat.rest.openai.footnotes import without_footnotes
from chat.websocket.frame_parser import parse_object
from core.errors import BadRequest
from core.storable_text import is_storable
from knowledge.text.cleaning import is_blank

MAX_NAME_CHARS = 255
MAX_MESSAGES = 10_000
SESSION_HEADER = "x-session-id"
ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class InvalidParameter(BadRequest):
    """`param` is the field that is wrong, by OpenAI's name for it."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message, param=param)


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    model: str
    question: str
    history: tuple[Exchange, ...]
    # What the system messages say.
    wishes: str
    stream: bool
    include_usage: bool
    include_reference: bool
    # The name or id of the session that keeps it, if any does.
    session: str | None


@dataclass(frozen=True, slots=True)
class _Message:
    role: str
    text: str


def parse_completion(request: HttpRequest) -> CompletionRequest:
    body = parse_object(request.text(), "body", settings.MAX_REQUEST_BYTES)
    messages = _messages(body.get("messages"))
    options = _object(body, "stream_options")
    if body.get("n") not in (None, 1):
        raise InvalidParameter("n", "`n` must be 1: there is one answer")
    return CompletionRequest(
        model=_name(body.get("model"), "model") or "",
        question=_question(messages),
        history=_history(messages),
        wishes="\n\n".join(m.text for m in messages if m.role in ("system", "developer")),
        stream=_boolean(body, "stream"),
        include_usage=_boolean(options, "include_usage", "stream_options.include_usage"),
        include_reference=_wants_reference(body),
        session=_session(body, request),
    )


def _wants_reference(body: dict[str, Any]) -> bool:
    """RAGFlow has it inside `extra_body`, or beside it."""
    inner = _object(body, "extra_body")
    return not (body.get("reference") is False or inner.get("reference") is False)


def _session(body: dict[str, Any], request: HttpRequest) -> str | None:
    named = _object(body, "metadata").get("session_id")
    return _name(named, "metadata.session_id") or _name(
        request.headers.get(SESSION_HEADER), "X-Session-Id"
    )


def _name(value: object, param: str) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_storable(value) or len(value) > MAX_NAME_CHARS:
        raise InvalidParameter(
            param, f"`{param}` must be a string of at most {MAX_NAME_CHARS} characters"
        )
    return value


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParameter(name, f"`{name}` must be an object")
    return value


def _boolean(body: dict[str, Any], name: str, param: str = "") -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidParameter(param or name, f"`{param or name}` must be true or false")
    return bool(value)


def _messages(value: object) -> list[_Message]:
    if not isinstance(value, list) or not value:
        raise InvalidParameter("messages", "`messages` must be an array with at least one message")
    if len(value) > MAX_MESSAGES:
        raise InvalidParameter("messages", f"`messages` may have at most {MAX_MESSAGES} entries")
    return [_message(item, f"messages[{index}]") for index, item in enumerate(value)]


def _message(value: object, param: str) -> _Message:
    if not isinstance(value, dict) or value.get("role") not in ROLES:
        raise InvalidParameter(param, f"`{param}` must be an object with a known `role`")
    text = _text(value.get("content"), f"{param}.content")
    if not is_storable(text):
        raise InvalidParameter(param, f"`{param}` contains characters that are not text")
    return _Message(value["role"], text)


def _text(content: object, param: str) -> str:
    """Of a string, or of parts. An assistant that called a tool said nothing."""
    match content:
        case None:
            return ""
        case str():
            return content
        case list():
            return "\n\n".join(_part(part, param) for part in content)
    raise InvalidParameter(param, f"`{param}` must be a string or an array of parts")


def _part(part: object, param: str) -> str:
    match part:
        case {"type": "text", "text": str(text)}:
            return text
    raise InvalidParameter(param, f"`{param}` may have parts of text only")


def _question(messages: Sequence[_Message]) -> str:
    last = messages[-1]
    param = f"messages[{len(messages) - 1}]"
    if last.role != "user":
        raise InvalidParameter(param, "The last message must be the user's")
    if is_blank(last.text):
        raise InvalidParameter(param, "The last message has no character that is visible")
    if len(last.text) > settings.MAX_QUESTION_CHARS:
        limit = settings.MAX_QUESTION_CHARS
        raise InvalidParameter(param, f"The last message may have at most {limit} characters")
    return last.text


def _history(messages: Sequence[_Message]) -> tuple[Exchange, ...]:
    """The latest, each of what the user said, perhaps in several messages, and the answer."""
    return tuple(_exchanges(messages[:-1]))[-MAX_EXCHANGES:]


def _exchanges(messages: Sequence[_Message]) -> Iterator[Exchange]:
    asked: list[str] = []
    for message in messages:
        if message.role == "user":
            asked.append(message.text)
        elif message.role == "assistant" and message.text and asked:
            yield Exchange("\n\n".join(asked), without_footnotes(message.text))
            asked = []
