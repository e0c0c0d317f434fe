"""A way out of a socket that does not wait: whole frames, written while the socket takes them.

Awaiting a server's `send` for each token costs as much as the token. A server that can do better
offers it as `scope["extensions"][STRAIGHT]`; frames are made once for all who are shown them.
"""

from __future__ import annotations

import struct
from typing import Protocol

STRAIGHT = "ragws.straight"

TEXT_AND_FINAL = 0x81
SHORT, MEDIUM, LONG = struct.Struct("!BB"), struct.Struct("!BBH"), struct.Struct("!BBQ")


class Straight(Protocol):
    """`write` only while `is_free`: then it is as good as sent."""

    def is_free(self) -> bool: ...

    def write(self, frame: bytes) -> None: ...


class NotStraight:
    """Of a server that offers none: there, sending always means to wait."""

    def is_free(self) -> bool:
        return False

    def write(self, frame: bytes) -> None:
        raise RuntimeError("This server can only be awaited")


def text_frame(text: str) -> bytes:
    """One whole text frame as servers send them, without mask and flags (RFC 6455, section 5.2)."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return SHORT.pack(TEXT_AND_FINAL, length) + payload
    if length < 65_536:
        return MEDIUM.pack(TEXT_AND_FINAL, 126, length) + payload
    return LONG.pack(TEXT_AND_FINAL, 127, length) + payload
