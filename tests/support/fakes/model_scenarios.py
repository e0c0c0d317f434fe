"""Scripts for the fake model server; each is chosen by its name as the model's name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Finish:
    """The last chunk, the usage if it was asked for, and `[DONE]`."""

    reason: str = "stop"


@dataclass(frozen=True)
class Refusal:
    """A response that is not a stream: an error or a page."""

    status: int
    error: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    @property
    def body(self) -> bytes:
        return (self.page or json.dumps({"error": self.error})).encode()


class ConnectionEvent(Enum):
    """What happens on the connection instead of text."""

    # Only the head of the response is sent.
    HEAD = "head"
    # The connection is closed in the middle of the body.
    CUT = "cut"
    # The body ends properly, but the answer is incomplete.
    END = "end"
    # Nothing more is sent until the client disconnects.
    SILENCE = "silence"
    # A comment line, which keeps a proxy's connection alive.
    COMMENT = "comment"


# A text, a delta object, the raw data of an event, an event to wait for, or one of the above.
Step = str | Mapping[str, object] | bytes | asyncio.Event | Finish | Refusal | ConnectionEvent

USUAL: Sequence[Step] = (
    *("A retrieval-augmented ", "answer rests on documents ", "[ID:0]. ", "Ask for more!"),
    Finish(),
)


def error(message: str, type_: str, code: str | int | None = None) -> Mapping[str, object]:
    return {"message": message, "type": type_, "param": None, "code": code}


TOO_LONG = error(
    "This model's maximum context length is 4096 tokens. However, your messages resulted in 9001.",
    "invalid_request_error",
    "context_length_exceeded",
)
OVERLOADED = error("The server is overloaded, see http://127.0.0.1/status", "server_error", "503")
NO_QUOTA = error("You exceeded your current quota.", "insufficient_quota", "insufficient_quota")
BUSY = error("Rate limit reached for requests", "requests", "rate_limit_exceeded")

SCENARIOS: Mapping[str, Sequence[Step]] = {
    "forbidden": [Refusal(403, error("Your project may not use this model", "forbidden"))],
    "unknown": [Refusal(404, error("The model `unknown` does not exist", "not_found_error"))],
    "busy": [Refusal(429, BUSY, headers={"Retry-After": "20"})],
    "no-quota": [Refusal(429, NO_QUOTA)],
    "too-long": [Refusal(400, TOO_LONG)],
    "broken": [Refusal(500, error("Internal error at http://10.0.0.7/v1", "server_error"))],
    "away": [Refusal(503, page="<html>no healthy upstream</html>")],
    "a-page": [Refusal(200, page="<html><title>Welcome</title></html>")],
    "malformed": ["Half an ", b'{"choices": [{"delta": {"cont'],
    "not-an-object": ["Half an ", b"[1, 2]"],
    "wrong-types": ["Half an ", b'{"choices": [{"delta": {"content": 7}}]}'],
    "error-in-stream": ["Half an ", json.dumps({"error": OVERLOADED}).encode()],
    "old-vllm-error": ["Half an ", json.dumps({"object": "error", **OVERLOADED}).encode()],
    "too-long-in-stream": [json.dumps({"error": TOO_LONG}).encode()],
    "cut": ["Half an ", ConnectionEvent.CUT],
    "cut-at-once": [ConnectionEvent.CUT],
    "ends-early": ["Half an ", ConnectionEvent.END],
    "silent": [ConnectionEvent.SILENCE],
    "silent-after-head": [ConnectionEvent.HEAD, ConnectionEvent.SILENCE],
    "silent-midway": ["Half an ", ConnectionEvent.SILENCE],
    "only-comments": [
        *[ConnectionEvent.COMMENT] * 3,
        "Half an ",
        *[ConnectionEvent.COMMENT] * 3,
        ConnectionEvent.SILENCE,
    ],
    "length": ["Half an ", Finish("length")],
    "censored": ["Half an ", Finish("content_filter")],
    "empty": [Finish()],
    "never-done": [
        "All of it.",
        b'{"choices": [{"finish_reason": "stop"}]}',
        ConnectionEvent.SILENCE,
    ],
    "cut-when-done": [
        "All of it.",
        b'{"choices": [{"finish_reason": "stop"}]}',
        ConnectionEvent.CUT,
    ],
    "reasoning-content": [{"reasoning_content": "Let me "}, {"reasoning_content": "see."}, *USUAL],
    "reasoning": [{"reasoning": "Let me see."}, *USUAL],
    "think-tags": ["<th", "ink>\nLet me", " see.\n</thi", "nk>\n\n", *USUAL],
    # Characters of one to four bytes, and those that JSON and lines treat in a special way.
    "many-scripts": [
        *['né "ß"\n\n', "帝洛斯岛的首府 ", "\r\n\\🙂👩‍🚀 ", "data: \u2028x"] * 25,
        Finish(),
    ],
}
