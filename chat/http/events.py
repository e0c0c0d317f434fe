"""Server-sent events as text. https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

# A comment, which clients skip and which shows them, and proxies, that the connection is alive.
KEEP_ALIVE = ":\n\n"


def event_with_space(data: str) -> str:
    """As OpenAI writes them: some clients look for `data: `."""
    return f"data: {data}\n\n"


def event(data: str, *, id: str = "", name: str = "", retry_ms: int | None = None) -> str:
    """`data` is one line. `retry_ms`: when the client, if it is a browser's EventSource, connects
    again after the stream has ended."""
    lines = [f"id: {id}"] if id else []
    lines += [f"event: {name}"] if name else []
    lines += [f"retry: {retry_ms}"] if retry_ms is not None else []
    return "\n".join([*lines, f"data:{data}", "", ""])
