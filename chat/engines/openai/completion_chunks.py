"""Parses the JSON chunks of a streamed chat completion. The only module that knows their shape."""

from collections.abc import Mapping
from dataclasses import dataclass

from chat.engines.base import Usage


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    usage: Usage | None = None


class MalformedChunk(Exception):
    """The server sent JSON that is not a chunk of a chat completion."""


class ErrorChunk(Exception):
    """An error where a chunk belongs, as older versions of vLLM send it."""


def parse_chunk(chunk: object) -> CompletionChunk:
    """An absent field is the same as null: servers differ in it."""
    chunk = as_mapping(chunk)
    if chunk.get("object") == "error":
        raise ErrorChunk(f"{chunk.get('code')} {chunk.get('message')}")
    choices = chunk.get("choices") or [{}]
    if not isinstance(choices, list):
        raise MalformedChunk("`choices` is not a list")
    choice = as_mapping(choices[0])
    delta = as_mapping(choice.get("delta") or {})
    return CompletionChunk(
        text=text_field(delta, "content") or text_field(delta, "refusal"),
        reasoning=text_field(delta, "reasoning_content") or text_field(delta, "reasoning"),
        finish_reason=text_field(choice, "finish_reason"),
        usage=parse_usage(chunk.get("usage")),
    )


def as_mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise MalformedChunk("not an object where one belongs")
    return value


def text_field(part: Mapping[str, object], name: str) -> str:
    value = part.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedChunk(f"`{name}` is not a text")
    return value


def parse_usage(value: object) -> Usage | None:
    if not value:
        return None
    counts = as_mapping(value)
    prompt, completion = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if isinstance(prompt, int) and isinstance(completion, int):
        return Usage(prompt, completion)
    return None
