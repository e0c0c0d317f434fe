"""Thousands of client sockets in one process, which parse as little of a frame as possible."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import struct
import time
from collections.abc import Sequence
from typing import cast

from benchmarks.servers import Server

# One source address has some 28,000 ports.
SOCKETS_PER_ADDRESS = 5000
CONNECTING_AT_ONCE = 100
TOKEN, STAMP = re.compile(rb'[" ]@\d'), re.compile(rb"@(\d+) ")
# The pings of uvicorn, which closes without a pong. No text here has such a byte.
PING, PONG, PING_BYTES = b"\x89\x04", b"\x8a\x84", 4
# More than the last frame.
TAIL_BYTES = 800


class Client(asyncio.Protocol):
    """One socket. It counts frames and tokens, and measures how late stamped tokens are."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._tail = b""
        self.is_open = asyncio.get_running_loop().create_future()
        self.ended = asyncio.get_running_loop().create_future()
        self.frames = self.tokens = 0
        self.asked_at = 0.0
        self.first_after_s = 0.0
        self.lost = ""
        self.late_ms: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self._server.path} HTTP/1.1",
            f"Host: localhost:{self._server.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        self._transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        if not self.is_open.done():
            _, found, data = data.partition(b"\r\n\r\n")
            if found:
                self.is_open.set_result(True)
            return
        self._measure_lateness(data)
        self.frames += data.count(b'"answer":')
        if not self.first_after_s and self.frames:
            self.first_after_s = time.perf_counter() - self.asked_at
        # Before it is cut: many frames may follow a ping.
        seen = self._tail + data
        if PING in seen:
            seen = self._answer_ping(seen)
        self._tail = seen[-TAIL_BYTES:]
        if b'"data":true' in self._tail or b'"data": true' in self._tail:
            self._end()

    def _answer_ping(self, seen: bytes) -> bytes:
        assert self._transport
        before, _, after = seen.rpartition(PING)
        if len(after) < PING_BYTES:
            return seen
        self._transport.write(PONG + bytes(4) + after[:PING_BYTES])
        return before + after[PING_BYTES:]

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(True)

    def _measure_lateness(self, data: bytes) -> None:
        """Of the oldest of the tokens that arrived together."""
        count = len(TOKEN.findall(self._tail[-2:] + data))
        self.tokens += count
        if count and (found := STAMP.search(data)):
            self.late_ms.append((time.monotonic_ns() - int(found[1])) / 1e6)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = repr(error)
        for future in (self.is_open, self.ended):
            if not future.done():
                future.set_result(False)

    def ask(self, question: str) -> None:
        self.send({"chat_id": self._server.dialog, "question": question})

    def send(self, message: dict[str, object]) -> None:
        assert self._transport
        self.asked_at, self.first_after_s, self._tail = time.perf_counter(), 0.0, b""
        if self.ended.done():
            self.ended = asyncio.get_running_loop().create_future()
        payload = json.dumps(message).encode()
        size = len(payload)
        header = bytes([0x81, 0x80 | size]) if size < 126 else struct.pack("!BBH", 0x81, 0xFE, size)
        # A mask of zeros changes nothing.
        self._transport.write(header + bytes(4) + payload)

    @property
    def last_seen(self) -> bytes:
        return self._tail

    def close(self) -> None:
        assert self._transport
        self._transport.abort()


async def connect(server: Server, count: int) -> list[Client]:
    loop, slots = asyncio.get_running_loop(), asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(number: int) -> Client:
        source = f"127.0.0.{2 + number // SOCKETS_PER_ADDRESS}"
        async with slots:
            _, client = await loop.create_connection(
                lambda: Client(server), "127.0.0.1", server.port, local_addr=(source, 0)
            )
            if not await client.is_open:
                raise RuntimeError("The server refused a socket")
            return client

    return await asyncio.gather(*map(one, range(count)))


async def ask_all(clients: Sequence[Client], question: str, within_s: float = 0) -> list[bool]:
    """Whether each got the whole answer. The questions are spread evenly over `within_s`."""
    for number, client in enumerate(clients):
        client.ask(question)
        if within_s and number % 10 == 9:
            await asyncio.sleep(within_s * 10 / len(clients))
    return list(await asyncio.gather(*(client.ended for client in clients)))


async def poll_sockets(interval_s: float) -> None:
    """Polls the sockets instead of waiting for them.

    A process that waits for frames is woken by each of them, and on the same machine the server
    pays for it: as much again as the frame, or more. Clients on other machines cost nothing.
    """
    while True:
        time.sleep(interval_s)  # noqa: ASYNC251 - blocking the loop is the purpose
        await asyncio.sleep(0)


def close_all(clients: Sequence[Client]) -> None:
    for client in clients:
        client.close()
