"""Parses the JSON of a chat completion, streamed or whole. The only module that knows its shape."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from chat.engines.base import Usage
from chat.engines.http.server_errors import ServerError, find_error

MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    # The text is the whole answer, not a piece of it.
    is_whole: bool = False


class MalformedChunk(Exception):
    """The server sent JSON that is not a chunk of a chat completion."""


class ErrorChunk(Exception):
    """An error where a chunk belongs."""

    def __init__(self, error: ServerError) -> None:
        super().__init__(error.message)
        self.error = error


def parse_chunk(chunk: object) -> CompletionChunk:
    """An absent field is the same as null: servers differ in it."""
    if error := find_error(chunk):
        raise ErrorChunk(error)
    chunk = as_mapping(chunk)
    choices = chunk.get("choices") or [{}]
    if not isinstance(choices, list):
        raise MalformedChunk("`choices` is not a list")
    choice = as_mapping(choices[0])
    delta, message = (as_mapping(choice.get(name) or {}) for name in ("delta", "message"))
    is_whole = bool(message) and not delta
    text, thought = split_content((message if is_whole else delta).get("content"))
    said = message if is_whole else delta
    return CompletionChunk(
        text=text or text_field(said, "refusal") or text_field(choice, "text"),
        reasoning=thought or _reasoning(said),
        finish_reason=_finish_reason(choice.get("finish_reason")),
        usage=parse_usage(chunk.get("usage")) or parse_usage(choice.get("usage")),
        is_whole=is_whole,
    )


def split_content(content: object) -> tuple[str, str]:
    """The text and the thought of a message's content, which may be a list of parts."""
    if content is None or isinstance(content, str):
        return content or "", ""
    if not isinstance(content, list):
        raise MalformedChunk("`content` is not a text")
    text, thought = [], []
    for part in content:
        part = {"text": part} if isinstance(part, str) else as_mapping(part)
        if "thinking" in part:
            thought += list(_texts(part["thinking"]))
        else:
            text += list(_texts(part.get("text")))
    return "".join(text), "".join(thought)


def _reasoning(said: Mapping[str, object]) -> str:
    """Servers name it differently, and some send it under two names."""
    for name in ("reasoning_content", "reasoning", "thinking"):
        if found := "".join(_texts(said.get(name))):
            return found
    return "".join(_texts(said.get("reasoning_details")))


def _texts(value: object) -> Iterator[str]:
    """The texts in a text, in an object with `text`, or in a list of either."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        if isinstance(text := value.get("text") or value.get("summary"), str):
            yield text
    elif isinstance(value, Sequence):
        for part in value:
            if isinstance(part, str | Mapping):
                yield from _texts(part)


def _finish_reason(value: object) -> str:
    """SGLang's own API says it as an object."""
    if isinstance(value, Mapping):
        value = value.get("type")
    return "" if value is None else str(value)


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
    """Counts that no server can mean are left out."""
    if not isinstance(value, Mapping):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if not (is_count(prompt) and is_count(completion)):
        return None
    return Usage(prompt, completion)


def is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= MAX_COUNT
