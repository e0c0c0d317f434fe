"""An attacker in a process of its own: `python -m benchmarks.flooding KIND PORT TOKEN`.

It sends as fast as it can, from another address than everybody else, until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop

# Whose handshakes fail too often is not let in for messages.
FROM = {"handshakes": "127.0.1.1", "messages": "127.0.1.2"}
AT_ONCE = 50
# What comes back is read, and forgotten.
CHUNK = 65_536
HEAD = (
    "GET /v1/ws/chat?token={token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
# A frame that is none, one that costs a look into the database, and one that is in order.
MESSAGES = (
    {"type": "chat"},
    {"chat_id": "0" * 32, "question": "Is anybody there?"},
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
    """With a token that is none, and without waiting to be told why."""
    _, writer = await connect("handshakes", port, "ragflow-nonsense")
    writer.transport.abort()


async def messages(port: int, token: str) -> None:
    reader, writer = await connect("messages", port, token)
    swallowing = asyncio.create_task(swallow(reader))
    flood = b"".join(map(masked, MESSAGES))
    while not swallowing.done():
        writer.write(flood)
        await writer.drain()


async def swallow(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(CHUNK):
            pass


def masked(message: dict[str, str]) -> bytes:
    """With a mask of zeros, which changes nothing."""
    payload = json.dumps(message).encode()
    return struct.pack("!BB4x", 0x81, 0x80 | len(payload)) + payload


async def again_and_again(attack: Callable[[int, str], Awaitable[None]], *where: object) -> None:
    while True:
        try:
            await attack(*where)  # type: ignore[arg-type]  # a port and a token
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0)


async def flood(kind: str, port: int, token: str) -> None:
    attack = {"handshakes": handshakes, "messages": messages}[kind]
    await asyncio.gather(*(again_and_again(attack, port, token) for _ in range(AT_ONCE)))


if __name__ == "__main__":
    uvloop.run(flood(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
