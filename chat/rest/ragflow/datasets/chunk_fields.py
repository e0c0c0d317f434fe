"""What a request about a chunk may say, below `/ragflow`."""

from __future__ import annotations

from typing import Any

from chat.rest.datasets.chunk_views import MAX_TEXT, NAMES
from chat.rest.ragflow.datasets.refusals import failed, required
from chat.rest.ragflow.views import Refusal

MAX_NAMES, MAX_NAME = NAMES


def content(value: Any) -> str:
    """As it was sent, blanks at its ends included."""
    if isinstance(value, str):
        if not value.strip():
            raise required("content")
        if len(value) > MAX_TEXT:
            raise Refusal(f"`content` may have at most {MAX_TEXT} characters")
        return value
    sentence = f"unsupported operand type(s) for +: '{type(value).__name__}' and 'str'"
    raise failed(TypeError(sentence))


def names(body: dict[str, Any], name: str, must: str) -> list[str] | None:
    """None if they are left out. `must`: what RAGFlow says about a value that is no list."""
    if name not in body:
        return None
    values = body[name]
    if not isinstance(values, list):
        raise Refusal(f"`{name}` {must} a list")
    for index, value in enumerate(values):
        if not isinstance(value, str):
            found = type(value).__name__
            sentence = f"sequence item {index}: expected str instance, {found} found"
            raise failed(TypeError(sentence))
    if len(values) > MAX_NAMES or any(len(value) > MAX_NAME for value in values):
        sentence = f"at most {MAX_NAMES} texts of at most {MAX_NAME} characters"
        raise Refusal(f"`{name}` may have {sentence}")
    return values


def questions(body: dict[str, Any], must: str) -> list[str] | None:
    values = names(body, "questions", must)
    return None if values is None else [value.strip() for value in values if value.strip()]


def available(value: Any) -> bool:
    try:
        return bool(int(value))
    except (ValueError, TypeError) as error:
        raise failed(error) from None
