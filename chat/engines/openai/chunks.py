"""The JSON of a streamed chunk, turned into ours. Nothing else knows its shape."""

from collections.abc import Mapping
from dataclasses import dataclass

from chat.engines.base import Usage


@dataclass(frozen=True, slots=True)
class Piece:
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    usage: Usage | None = None


class Malformed(Exception):
    """This is not a chunk of an answer."""


class Complaint(Exception):
    """An error where a chunk belongs, as older versions of vLLM send it."""


def read_chunk(chunk: object) -> Piece:
    """Absent and null mean the same everywhere, since servers differ in it."""
    chunk = mapping(chunk)
    if chunk.get("object") == "error":
        raise Complaint(f"{chunk.get('code')} {chunk.get('message')}")
    choices = chunk.get("choices") or [{}]
    if not isinstance(choices, list):
        raise Malformed("`choices` is not a list")
    choice = mapping(choices[0])
    delta = mapping(choice.get("delta") or {})
    return Piece(
        text=text(delta, "content") or text(delta, "refusal"),
        reasoning=text(delta, "reasoning_content") or text(delta, "reasoning"),
        finish_reason=text(choice, "finish_reason"),
        usage=usage(chunk.get("usage")),
    )


def mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Malformed("not an object where one belongs")
    return value


def text(part: Mapping[str, object], name: str) -> str:
    value = part.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"`{name}` is not a text")
    return value


def usage(value: object) -> Usage | None:
    if not value:
        return None
    counts = mapping(value)
    prompt, completion = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if isinstance(prompt, int) and isinstance(completion, int):
        return Usage(prompt, completion)
    return None
