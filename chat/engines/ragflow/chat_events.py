"""Parses the events of RAGFlow's completions. The only module that knows their shape."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from chat.engines.base import Source, Usage

MAX_COUNT = 2**31 - 1
MAX_SOURCES = 200
# Of boxes on pages, of which each is a page and four edges.
MAX_POSITIONS, MAX_NUMBERS = 50, 10


class End(Enum):
    """The event that ends a stream."""

    REGULAR = "data: true"


@dataclass(frozen=True, slots=True)
class ChatEvent:
    text: str = ""
    # Whether it is the last one with text; None: this release does not say.
    is_final: bool | None = None
    opens_thought: bool = False
    closes_thought: bool = False
    # None: it has no reference, or an empty one, as all but the last.
    sources: Sequence[Source] | None = None
    usage: Usage | None = None


class Refused(Exception):
    """RAGFlow says that it failed, or that it does not want to."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"code {code}")
        self.code = code
        self.message = message


class MalformedEvent(Exception):
    """JSON that is no event of RAGFlow's."""


def data_of(value: object) -> object:
    """What is in the envelope that RAGFlow puts around all it says. Raises `Refused`."""
    if not isinstance(value, Mapping) or not ("code" in value or "data" in value):
        raise MalformedEvent
    code, message, data = value.get("code", 0), value.get("message"), value.get("data")
    words = message if isinstance(message, str) else ""
    if code != 0:
        answer = data.get("answer") if isinstance(data, Mapping) else None
        raise Refused(code if _is_count(code) else -1, words or _text(answer))
    # So some releases refuse a key, with a code that means success.
    if data is False:
        raise Refused(109, words)
    return data


def parse_event(value: object) -> ChatEvent | End:
    """Raises `Refused` and `MalformedEvent`."""
    data = data_of(value)
    if data is True:
        return End.REGULAR
    if not isinstance(data, Mapping):
        raise MalformedEvent
    answer, final = data.get("answer"), data.get("final")
    if not (answer is None or isinstance(answer, str)):
        raise MalformedEvent
    return ChatEvent(
        text=answer or "",
        is_final=final if isinstance(final, bool) else None,
        opens_thought=data.get("start_to_think") is True,
        closes_thought=data.get("end_to_think") is True,
        sources=_sources(data.get("reference")),
        usage=_usage(data.get("usage")),
    )


def _sources(reference: object) -> Sequence[Source] | None:
    if isinstance(reference, Mapping):
        reference = reference.get("chunks")
    if isinstance(reference, Mapping):
        reference = list(reference.values())
    if not isinstance(reference, list) or not reference:
        return None
    # One that cannot be read keeps its place: `[ID:n]` counts them.
    return [
        _source(chunk if isinstance(chunk, Mapping) else {}) for chunk in reference[:MAX_SOURCES]
    ]


def _source(chunk: Mapping[str, object]) -> Source:
    """In a reference, and as older and newer releases name the same."""
    return Source(
        id=_first(chunk, "id", "chunk_id"),
        text=_first(chunk, "content", "content_with_weight"),
        document_id=_first(chunk, "document_id", "doc_id"),
        document_name=_first(chunk, "document_name", "document_keyword", "docnm_kwd", "doc_name"),
        dataset_id=_first(chunk, "dataset_id", "kb_id"),
        image_id=_first(chunk, "image_id", "img_id"),
        url=_web_address(chunk.get("url")),
        doc_type=_first(chunk, "doc_type", "doc_type_kwd"),
        positions=_positions(chunk.get("positions")),
        similarity=_score(chunk.get("similarity")),
        vector_similarity=_score(chunk.get("vector_similarity")),
        term_similarity=_score(chunk.get("term_similarity")),
    )


def _first(chunk: Mapping[str, object], *names: str) -> str:
    return next((text for name in names if (text := _text(chunk.get(name)))), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _web_address(value: object) -> str | None:
    """Pages make links of it: of any other kind it could run a script."""
    try:
        is_web = isinstance(value, str) and urlsplit(value).scheme in ("http", "https")
    except ValueError:
        return None
    return str(value) if is_web else None


def _positions(value: object) -> Sequence[Sequence[float]]:
    boxes = value[:MAX_POSITIONS] if isinstance(value, list) else []
    return [
        [number for number in box[:MAX_NUMBERS] if _is_number(number)]
        for box in boxes
        if isinstance(box, list)
    ]


def _score(value: object) -> float:
    """RAGFlow sends NaN for what could not be compared, which is no JSON."""
    return float(value) if _is_number(value) else 0.0  # type: ignore[arg-type] # a number


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < MAX_COUNT and math.isfinite(value)


def _usage(value: object) -> Usage | None:
    if not isinstance(value, Mapping):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if not (_is_count(prompt) and _is_count(completion)):
        return None
    return Usage(int(str(prompt)), int(str(completion)))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT
