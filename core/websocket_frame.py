"""Encodes a WebSocket text frame of a server: unmasked, unfragmented (RFC 6455, section 5.2)."""

import struct

TEXT_AND_FINAL = 0x81
SHORT, MEDIUM, LONG = struct.Struct("!BB"), struct.Struct("!BBH"), struct.Struct("!BBQ")


def text_frame(text: str) -> bytes:
    """The bytes on the wire of one whole text message."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return SHORT.pack(TEXT_AND_FINAL, length) + payload
    if length < 65_536:
        return MEDIUM.pack(TEXT_AND_FINAL, 126, length) + payload
    return LONG.pack(TEXT_AND_FINAL, 127, length) + payload
