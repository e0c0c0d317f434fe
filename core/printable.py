"""Text of others on its way into a log or a terminal: what is not printed is escaped."""

from __future__ import annotations

import json


def escape_unprintable(text: str, kept: str = "") -> str:
    """Characters that steer a terminal, end a line or turn the direction of text become `\\uXXXX`.

    `kept` are those that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else json.dumps(c)[1:-1] for c in text)
