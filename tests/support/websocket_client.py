"""A WebSocket client that can misbehave: stop in the middle of a frame, or read nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from typing import Any

Frame = dict[str, Any]

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
OPEN_S = 30
# The receive buffer of a client that does not read: the smallest the kernel grants.
SMALL_BUFFER = 4096


class ConnectionLost(OSError):
    """The server has closed the connection, or never opened it."""


class WebSocketConnection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def __enter__(self) -> WebSocketConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    async def send(self, **message: object) -> None:
        self._writer.write(masked(TEXT, json.dumps(message).encode()))
        await self._writer.drain()

    def send_half(self, **message: object) -> None:
        frame = masked(TEXT, json.dumps(message).encode())
        self._writer.write(frame[: len(frame) // 2])

    async def frame(self) -> Frame:
        """The next text frame. Raises ConnectionLost if the connection ends."""
        while True:
            opcode, length = await self._header()
            payload = await self._read(length)
            if opcode == TEXT:
                frame: Frame = json.loads(payload)
                return frame
            if opcode == CLOSE:
                raise ConnectionLost(f"Closed with {payload!r}")
            if opcode == PING:
                self._writer.write(masked(PONG, payload))

    async def half_a_frame(self) -> None:
        _, length = await self._header()
        await self._read(length // 2)

    def abort(self) -> None:
        """Cuts the connection without a close frame."""
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.write(masked(CLOSE, struct.pack("!H", 1000)))
        self._writer.close()

    async def _header(self) -> tuple[int, int]:
        first, length = await self._read(2)
        if length == 126:
            length = int.from_bytes(await self._read(2))
        elif length == 127:
            length = int.from_bytes(await self._read(8))
        return first & 0x0F, length

    async def _read(self, length: int) -> bytes:
        try:
            return await self._reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise ConnectionLost("It ended in mid-frame" if error.partial else "It ended") from None


def masked(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, 0x80 | min(size, 126))
    if size > 125:
        head += struct.pack("!H", size)
    # A mask of zeros changes nothing.
    return head + bytes(4) + payload


async def open_connection(port: int, path: str, is_slow: bool = False) -> WebSocketConnection:
    """`is_slow`: with small buffers, so that the server has to wait for the reader."""
    async with asyncio.timeout(OPEN_S):
        connection = await _connect(port, is_slow)
        limit = SMALL_BUFFER if is_slow else 2**16
        reader, writer = await asyncio.open_connection(sock=connection, limit=limit)
        try:
            await _shake_hands(reader, writer, port, path)
        except BaseException:
            writer.transport.abort()
            raise
        return WebSocketConnection(reader, writer)


async def _connect(port: int, is_slow: bool) -> socket.socket:
    connection = socket.socket()
    connection.setblocking(False)
    try:
        if is_slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    except BaseException:
        connection.close()
        raise
    return connection


async def _shake_hands(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, path: str
) -> None:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        raise ConnectionLost("It ended before it was open") from None
    if b" 101 " not in answer.partition(b"\r\n")[0]:
        raise ConnectionLost(f"Not a WebSocket: {answer!r}")
