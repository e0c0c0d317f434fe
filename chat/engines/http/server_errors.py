"""Finds the error in what a model's server says, in the shapes of all servers that are known.

What is kept of it is short and names the problem: never the request, which some servers repeat.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_CHARS = 2000
TAG = re.compile(r"<(?:style|script)\b[^<>]*>[^<]*</|<[^<>]*>")
# Where servers keep the words, the best first.
WORDS = ("message", "msg", "error_msg", "status_msg", "detail", "error_description", "reason")
CODES = ("code", "type", "status", "error_code", "status_code", "param")


@dataclass(frozen=True, slots=True)
class ServerError:
    # All that names the problem: codes, types and words.
    message: str
    # An HTTP status, if a code of the error is one.
    status: int = 0
    # When to ask again, as the body says it: "34s".
    retry_delay: str = ""


def find_error(value: object) -> ServerError | None:
    """The error that a JSON document is about; None if it is about something else."""
    if isinstance(value, list):
        # Gemini wraps its errors in a list.
        return find_error(value[0]) if value else None
    if not isinstance(value, Mapping):
        return None
    inner = value.get("error") or value.get("errors")
    if inner is None and isinstance(base := value.get("base_resp"), Mapping):
        # MiniMax says with each answer how it went; 0 is well.
        inner = base if base.get("status_code") else None
    if inner is None and _is_error_itself(value):
        inner = value
    if inner is None and isinstance(choices := value.get("choices"), list) and choices:
        choice = choices[0]
        inner = choice.get("error") if isinstance(choice, Mapping) else None
    if not inner or (isinstance(inner, Mapping) and not any(inner.values())):
        return None
    parts = list(_parts(inner))
    if inner is not value:
        parts += [str(value[name]) for name in CODES if _is_code(value.get(name))]
    message = " ".join(dict.fromkeys(part for part in parts if part))[:MAX_CHARS]
    return ServerError(message or "error", _status(inner) or _status(value), _delay(inner))


def read_error(body: bytes) -> ServerError:
    """The error in the body of a response that is one."""
    text = _decode(body).strip("\ufeff \t\r\n")
    for document in (text, text.removeprefix("data:")):
        try:
            parsed = json.loads(document)
        except (ValueError, RecursionError):
            continue
        if error := find_error(parsed):
            return error
        return ServerError(" ".join(_parts(parsed))[:MAX_CHARS])
    return ServerError(" ".join(TAG.sub(" ", text[: 4 * MAX_CHARS]).split())[:MAX_CHARS])


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        # Some gateways in China answer in GBK.
        return body.decode("gb18030", "replace")


def _is_error_itself(value: Mapping[str, object]) -> bool:
    if value.get("choices") or str(value.get("code")) in ("0", "200"):
        return False
    if value.get("object") == "error" or value.get("type") == "error":
        return True
    return "usage" not in value and any(isinstance(value.get(name), str | list) for name in WORDS)


def _parts(error: object, depth: int = 3) -> Iterator[str]:
    """Codes and words, from wherever they are; what was sent to the server is in other fields."""
    if isinstance(error, str):
        yield from _parts_of_text(error, depth)
    elif isinstance(error, list) and depth:
        for part in error[:5]:
            yield from _parts(part, depth - 1)
    elif isinstance(error, Mapping) and depth:
        for name in CODES:
            if _is_code(error.get(name)):
                yield str(error[name])
        for name in WORDS:
            yield from _parts(error.get(name), depth - 1)
        for name in ("error", "innererror", "metadata", "raw"):
            yield from _parts(error.get(name), depth - 1)


def _parts_of_text(text: str, depth: int) -> Iterator[str]:
    """Gateways put the error of the server behind them, as JSON, into a text."""
    if text.startswith("{") and depth:
        try:
            yield from _parts(json.loads(text), depth - 1)
        except (ValueError, RecursionError):
            yield text[:MAX_CHARS]
    else:
        yield text[:MAX_CHARS]


def _is_code(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and 0 < len(value) <= 80)


def _status(error: object) -> int:
    if not isinstance(error, Mapping):
        return 0
    for name in ("code", "status", "status_code"):
        value = str(error.get(name))
        if value.isascii() and value.isdigit() and len(value) == 3 and 400 <= int(value) < 600:
            return int(value)
    return 0


def _delay(error: object) -> str:
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping) and isinstance(delay := detail.get("retryDelay"), str):
            return delay
    return ""
