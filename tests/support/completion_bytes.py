"""The bytes of streamed completions, for `ModelServer.will_send`."""

from __future__ import annotations

import json


def chunk(text: object = None, reason: str | None = None, **delta: object) -> bytes:
    """One event with a piece of the answer, and a finish reason."""
    said = {**({} if text is None else {"content": text}), **delta}
    return event({"choices": [{"index": 0, "delta": said, "finish_reason": reason}]})


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


STOP = chunk(reason="stop")
DONE = b"data: [DONE]\n\n"
