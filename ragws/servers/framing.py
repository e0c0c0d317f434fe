"""Finds requests whose end two servers could see in two places, so that a proxy and this server
would not agree where the next request begins (request smuggling)."""

from __future__ import annotations

from collections.abc import Iterable

HTTP_1_1 = "1.1"


def is_ambiguous(version: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """What RFC 9112 lets a server refuse, this refuses: no honest client sends any of it. The names
    are in lower case."""
    lengths, encodings, hosts = [], [], 0
    for name, value in headers:
        match name:
            case b"content-length":
                lengths.append(value)
            case b"transfer-encoding":
                encodings.append(value)
            case b"host":
                hosts += 1
            # Behind some proxies and servers these two are the same as those with `-`.
            case b"content_length" | b"transfer_encoding":
                return True
    if encodings and (lengths or version != HTTP_1_1 or not _is_chunked(encodings)):
        return True
    if len(lengths) > 1 or not all(length.isdigit() for length in lengths):
        return True
    return hosts > 1 or (hosts == 0 and version == HTTP_1_1)


def _is_chunked(encodings: list[bytes]) -> bool:
    """No other coding, such as `identity`, may stand beside it."""
    return len(encodings) == 1 and encodings[0].lower() == b"chunked"


def has_stray_line_end(line: bytes) -> bool:
    """For a line of the head whose CRLF is cut off: some servers end it at CR or LF alone."""
    return b"\n" in line or b"\r" in line
