"""uvicorn with a graceful shutdown."""

from __future__ import annotations

import gc
import os
import socket
import sys
from types import FrameType
from typing import Any

import uvicorn

from ragws.servers.connection_limits import (
    GRACE_S,
    PING_INTERVAL_S,
    max_message_bytes,
    ping_timeout_s,
)
from ragws.servers.shutdown import announce, drain
from ragws.servers.uvicorn.http_protocol import HttpProtocol
from ragws.servers.uvicorn.websocket_protocol import WebSocketProtocol


def run(app: Any, listener: socket.socket, parent: int | None = None) -> None:
    """Serve until a signal stops it, or until the process `parent` is no longer our parent."""
    tune_interpreter()
    Server(config(app), parent).run(sockets=[listener])


def tune_interpreter() -> None:
    """Shortens the pauses of Python's garbage collector and of switching threads.

    Nothing that is loaded by now is garbage, and little of what ten thousand sockets hold is: with
    Python's defaults, collecting it would stop everything for a second. The database thread yields
    to the event loop after half a millisecond instead of five.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    sys.setswitchinterval(0.0005)


def config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_max_size=max_message_bytes(),
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=ping_timeout_s(),
        # Compressing every small frame costs a third of the frames a core can send.
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


class Server(uvicorn.Server):
    """Drains before it closes sockets, is forced by a second signal, exits with code 0."""

    def __init__(self, config: uvicorn.Config, parent: int | None = None) -> None:
        super().__init__(config)
        self.parent = parent
        self.signal_number: int | None = None

    async def on_tick(self, counter: int) -> bool:
        # A worker whose supervisor was killed would hold the port for ever.
        if self.parent is not None and os.getppid() != self.parent:
            self.should_exit = True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        self.signal_number = sig
        # uvicorn would raise the signal again at the end, and exit with its code.
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await announce(lambda: self.force_exit)
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        await drain(lambda: self.force_exit, self.signal_number)
        await super().shutdown(sockets)
