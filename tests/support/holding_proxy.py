"""A TCP proxy in front of a server that holds back what its first client sends after the handshake,
until it is told to let it through: so that a question comes to a server that is leaving."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

BYTES = 65_536
END_OF_HEAD = b"\r\n\r\n"


class HoldingProxy:
    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.port = 0
        self.connections = 0
        # Set when something is held back, and by the test, to let it through.
        self.holds, self.released = asyncio.Event(), asyncio.Event()
        self.first_closed = asyncio.Event()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        is_first = self.connections == 1
        try:
            with suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", self._server_port)
                await self._connect(reader, writer, *there, is_first=is_first)
        finally:
            writer.close()
            if is_first:
                self.first_closed.set()

    async def _connect(
        self,
        reader: StreamReader,
        writer: StreamWriter,
        server_reader: StreamReader,
        server_writer: StreamWriter,
        *,
        is_first: bool,
    ) -> None:
        """Until either side closes its connection."""
        ways = {
            asyncio.create_task(self._upstream(reader, server_writer, is_first=is_first)),
            asyncio.create_task(copy(server_reader, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            server_writer.close()

    async def _upstream(
        self, reader: StreamReader, writer: StreamWriter, *, is_first: bool
    ) -> None:
        if is_first:
            writer.write(await reader.readuntil(END_OF_HEAD))
            held = await reader.read(BYTES)
            self.holds.set()
            await self.released.wait()
            writer.write(held)
        await copy(reader, writer)


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(BYTES):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def holding_proxy(server_port: int) -> AsyncIterator[HoldingProxy]:
    proxy = HoldingProxy(server_port)
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield proxy
