"""The body of a response in pieces, unpacked without ever becoming larger than a piece."""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator

PIECE_BYTES = 64 * 1024
# Packed although we ask for it as it is. The window says which: gzip and zlib, or bare deflate.
WINDOWS = {"gzip": 47, "x-gzip": 47, "deflate": 47}


class UnknownEncoding(Exception):
    """The body is packed in a way that was not asked for."""


async def unpacked(body: AsyncIterator[bytes], encoding: str) -> AsyncGenerator[bytes]:
    """Raises `UnknownEncoding`, and `zlib.error` for what is no such packing."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        async for piece in body:
            yield piece
        return
    if encoding not in WINDOWS:
        raise UnknownEncoding
    unpacking = zlib.decompressobj(WINDOWS[encoding])
    async for piece in body:
        while piece:
            yield unpacking.decompress(piece, PIECE_BYTES)
            piece = unpacking.unconsumed_tail
