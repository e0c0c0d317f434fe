"""A client that floods a server: `python -m benchmarks.flood_client KIND PORT TOKEN`.

It sends as fast as it can, from an address of its own, until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop

# An address of its own for each kind: too many failed handshakes block an address.
FROM = {"handshakes": "127.0.1.1", "messages": "127.0.1.2"}
AT_ONCE = 50
# Responses are read and discarded.
READ_BYTES = 65_536
HEAD = (
    "GET /v1/ws/chat?token={token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
# An invalid frame, one that costs a database query, and a valid one.
MESSAGES = (
    {"type": "chat"},
    {"chat_id": "0" * 32, "question": "Anything"},
    {"type": "ping"},
)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(kind: str, port: int, token: str) -> Stream:
    source = (FROM[kind], 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
    writer.write(HEAD.format(token=token).encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def handshakes(port: int, _token: str) -> None:
    """With an invalid token, and without waiting for the refusal."""
    _, writer = await connect("handshakes", port, "ragflow-nonsense")
    writer.transport.abort()


async def messages(port: int, token: str) -> None:
    reader, writer = await connect("messages", port, token)
    discarding = asyncio.create_task(discard_responses(reader))
    flood = b"".join(map(client_frame, MESSAGES))
    while not discarding.done():
        writer.write(flood)
        await writer.drain()


async def discard_responses(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(READ_BYTES):
            pass


def client_frame(message: dict[str, str]) -> bytes:
    """As a client frame whose mask is zeros, which changes nothing."""
    payload = json.dumps(message).encode()
    return struct.pack("!BB4x", 0x81, 0x80 | len(payload)) + payload


async def repeat(attack: Callable[[int, str], Awaitable[None]], *arguments: object) -> None:
    while True:
        try:
            await attack(*arguments)  # type: ignore[arg-type]  # a port and a token
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0)


async def flood(kind: str, port: int, token: str) -> None:
    attack = {"handshakes": handshakes, "messages": messages}[kind]
    await asyncio.gather(*(repeat(attack, port, token) for _ in range(AT_ONCE)))


if __name__ == "__main__":
    uvloop.run(flood(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
