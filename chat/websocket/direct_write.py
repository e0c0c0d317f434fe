"""An ASGI extension: writes encoded frames to a socket without awaiting, while it takes them.

Awaiting a server's `send` for each token costs as much as the token. A server that can do better
offers a writer as `scope["extensions"][DIRECT_WRITE]`; a frame is encoded once for all its readers.
"""

from __future__ import annotations

from typing import Protocol

DIRECT_WRITE = "ragws.direct_write"


class DirectWriter(Protocol):
    """`write` may be called while `is_free()`: the frame is as good as sent then."""

    def is_free(self) -> bool: ...

    def write(self, frame: bytes) -> None: ...


class NoDirectWriter:
    """For servers without the extension: it is never free, so every frame is awaited."""

    def is_free(self) -> bool:
        return False

    def write(self, frame: bytes) -> None:
        raise RuntimeError("This server can only be awaited")
