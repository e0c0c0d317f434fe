"""What fake servers share: a real HTTP server on loopback, in the event loop of the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class Request:
    """A client's request; `hung_up` is set if the client disconnects before the answer ends."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def question(self) -> str:
        return str(self.body["messages"][-1]["content"])


class CloseOnEof(asyncio.StreamReaderProtocol):
    """Treats EOF as a disconnect: HTTP clients do not half-close."""

    def eof_received(self) -> bool:
        super().eof_received()
        return False


class LoopbackServer:
    """Serves from `async with` on; `port` 0 takes a free one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0
        self.requests: list[Request] = []
        self._running: set[asyncio.Task[None]] = set()

    async def respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Returns whether the connection can be reused."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: CloseOnEof(asyncio.StreamReader(), self._accept), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_request(reader):
                self.requests.append(request)
                if not await self.respond(request, writer):
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(start.split()[1], headers, json.loads(body or b"{}"))


async def closed(writer: asyncio.StreamWriter) -> None:
    # A cancelled waiter must not cancel it.
    await asyncio.shield(writer.wait_closed())
