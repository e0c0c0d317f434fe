"""A way out of a socket that does not wait: whole frames, written while the socket takes them.

Awaiting a server's `send` for each token costs as much as the token. A server that can do better
offers it as `scope["extensions"][DIRECT_WRITE]`; frames are made once for all who are shown them.
"""

from __future__ import annotations

from typing import Protocol

DIRECT_WRITE = "ragws.straight"


class DirectWriter(Protocol):
    """`write` only while `is_free`: then it is as good as sent."""

    def is_free(self) -> bool: ...

    def write(self, frame: bytes) -> None: ...


class NoDirectWriter:
    """Of a server that offers none: there, sending always means to wait."""

    def is_free(self) -> bool:
        return False

    def write(self, frame: bytes) -> None:
        raise RuntimeError("This server can only be awaited")
