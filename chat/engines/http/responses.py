"""Reads responses of servers that may break off, pack what they send, or send too much."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpcore

from chat.engines.http.response_body import UnknownEncoding, unpacked

# How long to wait for the rest of a response after its end, so that its connection serves the next
# request as well.
REST_TIMEOUT_S = 0.2
MAX_ERROR_BYTES = 64 * 1024
LOST = (
    *(httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError, ssl.SSLError),
    httpcore.UnsupportedProtocol,
)


def headers_of(response: httpcore.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


async def wire_of(response: httpcore.Response) -> AsyncGenerator[bytes]:
    async for piece in response.aiter_stream():
        yield piece


async def beginning_of(response: httpcore.Response) -> bytes:
    content = b""
    try:
        async with aclosing(wire_of(response)) as wire:
            pieces = unpacked(wire, headers_of(response).get("content-encoding", ""))
            async with aclosing(pieces):
                async for piece in pieces:
                    content += piece[: MAX_ERROR_BYTES - len(content)]
                    if len(content) == MAX_ERROR_BYTES:
                        break
    except (UnknownEncoding, zlib.error, *LOST):
        # The status says enough.
        return content
    return content


async def read_rest(wire: AsyncGenerator[bytes]) -> None:
    try:
        async with asyncio.timeout(REST_TIMEOUT_S):
            await anext(wire, None)
    except (TimeoutError, *LOST):
        return
