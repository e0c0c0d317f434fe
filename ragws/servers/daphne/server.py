"""daphne with a graceful shutdown, and back-pressure for its applications."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import Any

from daphne.server import Server as DaphneServer
from daphne.server import twisted_loop
from django.conf import settings
from twisted.internet import defer, reactor

from chat.http.responses import ABORT
from core.close_codes import SERVICE_RESTART
from ragws.request_bodies import IS_ADMITTED
from ragws.servers.connection_limits import (
    CLOSE_TIMEOUT_S,
    GRACE_S,
    PING_INTERVAL_S,
    max_message_bytes,
    ping_timeout_s,
)
from ragws.servers.daphne.http_channel import HttpChannel
from ragws.servers.daphne.websocket_protocol import WebSocketProtocol
from ragws.servers.shutdown import announce, drain, retry_hint

HANDSHAKE_TIMEOUT_S = 15
# That of RFC 6455. autobahn would accept its drafts, too.
WEBSOCKET_VERSION = 13


def run(app: Any, listener: socket.socket) -> None:
    """Serve until a signal stops it."""
    Server(app, listener, server_name="").run()


class Server(DaphneServer):  # type: ignore[misc]  # daphne has no types
    """Drains before it closes sockets, is forced by a second signal, exits with code 0.

    It listens on `listener`, or on `endpoints`, as daphne's `runserver` names them.
    """

    def __init__(
        self, application: Any, listener: socket.socket | None = None, **options: Any
    ) -> None:
        # daphne exits if there are none.
        options.setdefault("endpoints", ["the listener"])
        # A handshake may have to wait for the database until it is known to be away.
        options["websocket_handshake_timeout"] = HANDSHAKE_TIMEOUT_S
        options["ping_interval"] = PING_INTERVAL_S
        options["ping_timeout"] = ping_timeout_s()
        options["websocket_max_message_size"] = max_message_bytes()
        options["websocket_max_frame_size"] = max_message_bytes()
        super().__init__(application, ready_callable=self.prepare, **options)
        if listener:
            self.endpoints: list[str] = []
        self.listener = listener
        self.stopping = False
        self.is_forced = False
        self.signal_number: int | None = None
        self.ports: list[Any] = []

    def run(self) -> None:
        if self.signal_handlers:
            # Twisted's handler can stop once only: a second signal would log an error.
            self.signal_handlers: bool = False
            for number in (signal.SIGINT, signal.SIGTERM):
                twisted_loop.add_signal_handler(number, self.request_stop, number)
        super().run()

    def prepare(self) -> None:
        self.http_factory.protocol = HttpChannel
        self.http_factory.timeOut = settings.SLOW_REQUEST_S
        self.ws_factory.protocol = WebSocketProtocol
        # A frame that is too large gets its close frame, not a cut connection.
        self.ws_factory.setProtocolOptions(
            closeHandshakeTimeout=CLOSE_TIMEOUT_S, failByDrop=False, versions=[WEBSOCKET_VERSION]
        )
        if self.listener:
            # Twisted listens on a copy, and accepts until it would have to wait.
            self.listener.setblocking(False)
            with self.listener as own:
                port = reactor.adoptStreamPort(own.fileno(), own.family, self.http_factory)
            self.ports.append(port)

    def request_stop(self, number: int) -> None:
        self.signal_number = number
        self.is_forced = self.stopping
        if not self.stopping:
            self.stopping = True
            self.stop()

    def listen_success(self, port: Any) -> None:
        self.ports.append(port)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "http":
            scope["extensions"] = {IS_ADMITTED: {}, ABORT: protocol.channel.forceAbortClient}
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.send":
                await protocol.writable.wait()
            case "http.response.body" if protocol.channel:
                await protocol.channel.writable.wait()
        await super().handle_reply(protocol, message)

    def kill_all_applications(self) -> defer.Deferred[None]:
        """The reactor waits for this before it stops."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self.shut_down()))

    async def shut_down(self) -> None:
        await announce(lambda: self.is_forced)
        for port in self.ports:
            port.stopListening()
        await drain(lambda: self.is_forced, self.signal_number)
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                protocol.close(SERVICE_RESTART, retry_hint())
        running = {
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        }
        if running:
            await self.end(running)

    async def end(self, applications: set[asyncio.Future[None]]) -> None:
        grace = 0 if self.is_forced else GRACE_S
        _, late = await asyncio.wait(applications, timeout=grace)
        for application in late:
            application.cancel()
        if late:
            await asyncio.wait(late, timeout=GRACE_S)
