"""daphne with what it lacks: close codes with reasons, back-pressure, a graceful shutdown."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from functools import partial
from typing import Any
from urllib.parse import unquote

from autobahn.util import encode_truncate
from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from daphne.server import twisted_loop
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from django.conf import settings
from twisted.internet import defer, reactor
from twisted.web.http import HTTPChannel

from chat.http.responses import ABORT
from core.close_codes import INTERNAL_ERROR, NORMAL, POLICY_VIOLATION, SERVICE_RESTART
from core.errors import AppError
from ragws.request_bodies import (
    IS_ADMITTED,
    Admission,
    admit,
    declared_bytes,
    refusal_response,
    too_large,
)
from ragws.servers.framing import has_stray_line_end, is_ambiguous
from ragws.servers.incoming_frames import TOO_MANY_FRAGMENTS, TOO_SLOW, IncomingFrames
from ragws.servers.open_connections import open_connections
from ragws.servers.request_limits import MAX_HEAD_BYTES, RequestProgress
from ragws.servers.shutdown import announce, drain, retry_hint
from ragws.servers.uvicorn import (
    CLOSE_TIMEOUT_S,
    GRACE_S,
    LINGER_S,
    MAX_BYTES_AFTER_CLOSE,
    MIB,
    PARSE_BYTES,
    PING_INTERVAL_S,
    max_message_bytes,
    ping_timeout_s,
)

HANDSHAKE_TIMEOUT_S = 15
REFUSAL_LINGER_S = 1
# How much may wait for the application: uvicorn stops reading, daphne cannot.
MAX_WAITING_FRAMES, MAX_WAITING_BYTES = 256, 4 * MIB
TOO_MANY_FRAMES = "Too many frames are waiting"
# Bytes of UTF-8 in a close frame (RFC 6455, section 5.5).
MAX_REASON_BYTES = 123
# That of RFC 6455. autobahn would accept its drafts, too.
WEBSOCKET_VERSION = 13
SUBPROTOCOL_HEADER = "sec-websocket-protocol"


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


class HttpChannel(HTTPChannel):  # type: ignore[misc]  # not for mypy
    """Limits the time of a whole request, where Twisted waits for a minute after each byte."""

    length: int | None

    def __init__(self) -> None:
        super().__init__()
        self.progress: RequestProgress | None = RequestProgress()
        self.peer: str | None = None
        self.admitting: asyncio.Task[None] | None = None
        self.admission: Admission | None = None
        self.is_refused = False
        self.writable = asyncio.Event()
        self.writable.set()

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        # Twisted would read forms, and the files in them, into memory; Django reads them again.
        self.requestFactory = partial(WebRequest, parsePOSTFormSubmission=False)
        self.peer = getattr(self.transport.getPeer(), "host", None)
        if not open_connections.add(self.peer):
            self.transport.abortConnection()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        # Not called after an upgrade: the protocol of the socket takes over.
        open_connections.remove(self.peer)
        if self.admitting is not None:
            self.admitting.cancel()
        self._release()
        self.writable.set()
        super().connectionLost(reason)

    # The transport calls these two: its buffer is full, empty again.
    def pauseProducing(self) -> None:  # noqa: N802
        self.writable.clear()
        super().pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        self.writable.set()
        super().resumeProducing()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.is_refused:
            return
        if self.progress is None and not self._handlingRequest:
            self.progress = RequestProgress()
            super().resetTimeout()
        if self.progress is not None:
            self.progress.add(len(data))
            if self.progress.is_too_large():
                self._refuse(too_large(self.progress.max_bytes))
                return
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        """Twisted joins lines that begin with a space, as old servers do, and newer ones do not."""
        if has_stray_line_end(line) or line.startswith((b" ", b"\t")):
            self._respondToBadRequestAndDisconnect()
        else:
            super().lineReceived(line)

    def allHeadersReceived(self) -> None:  # noqa: N802
        headers = self.requests[-1].requestHeaders.getAllRawHeaders()
        flat = [(name.lower(), value) for name, values in headers for value in values]
        if is_ambiguous(self._version.partition(b"/")[2].decode("latin-1"), flat):
            # Of length 0, it would be handed to the application all the same.
            self.length = None
            self._respondToBadRequestAndDisconnect()
        elif (declared := declared_bytes(flat)) == 0:
            super().allHeadersReceived()
        else:
            # Nothing is read, and no body is asked for, until it is known how much there may be.
            self.paused = True
            self._networkProducer.pauseProducing()
            self.admitting = asyncio.ensure_future(self._admit(self._scope(flat), declared))

    def _scope(self, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
        path, _, query = self._path.partition(b"?")
        return {
            "type": "http",
            "path": unquote(path.decode("latin-1")),
            "query_string": query,
            "headers": headers,
            "client": (self.peer, 0) if self.peer else None,
        }

    async def _admit(self, scope: dict[str, Any], declared: int | None) -> None:
        try:
            self.admission = await admit(scope, declared)
        except AppError as refusal:
            self._refuse(refusal)
            return
        finally:
            self.admitting = None
        if self.progress is not None:
            self.progress.max_bytes = self.admission.max_bytes + MAX_HEAD_BYTES
        super().allHeadersReceived()
        self.paused = False
        self._networkProducer.resumeProducing()
        # What came with the headers.
        super().dataReceived(b"")

    def _refuse(self, refusal: AppError) -> None:
        """The rest is taken, unread, for a moment: a client that is still sending would see its
        connection reset instead of the response."""
        status, headers, content = refusal_response(refusal)
        lines = [f"HTTP/1.1 {int(status)} {status.phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + content)
        self.is_refused = True
        self._networkProducer.resumeProducing()
        reactor.callLater(REFUSAL_LINGER_S, self.transport.abortConnection)

    def _release(self) -> None:
        if self.admission is not None:
            self.admission.release()
            self.admission = None

    def resetTimeout(self) -> None:  # noqa: N802
        """More data does not extend the deadline."""

    def allContentReceived(self) -> None:  # noqa: N802
        self.progress = None
        self._release()
        super().allContentReceived()

    def timeoutConnection(self) -> None:  # noqa: N802
        left = self.progress.time_left_s() if self.progress else 0
        if left > 0:
            self.setTimeout(left)
        else:
            super().timeoutConnection()


class WebSocketProtocol(DaphneProtocol):  # type: ignore[misc]  # daphne has no types
    def __init__(self) -> None:
        super().__init__()
        self.waiting_bytes = 0
        self.bytes_after_close = 0
        # Received after the handshake and not parsed yet.
        self.unread = bytearray()
        self.in_handshake = False
        self.is_reading = True
        self.parse_timer: Any = None
        self.frames = IncomingFrames()
        # The newest that could not be sent: RFC 6455, section 5.5.3, lets it stand for all.
        self.unsent_pong: bytes | None = None
        self.writable = asyncio.Event()
        self.writable.set()

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        """daphne would log a traceback about a sub-protocol outside ASCII; none is supported."""
        offered = request.headers.get(SUBPROTOCOL_HEADER)
        if offered and not offered.isascii():
            request.headers[SUBPROTOCOL_HEADER] = offered.encode("ascii", "ignore").decode()
        return super().onConnect(request)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """daphne reads as fast as a client sends, and would queue it all."""
        if self.muted:
            return
        waiting = self.application_queue.qsize()
        self.waiting_bytes = len(payload) + (self.waiting_bytes if waiting else 0)
        if waiting > MAX_WAITING_FRAMES or self.waiting_bytes > MAX_WAITING_BYTES:
            self.discard_waiting_frames()
            self.close(POLICY_VIOLATION, TOO_MANY_FRAMES)
        else:
            super().onMessage(payload, isBinary)

    def discard_waiting_frames(self) -> None:
        while not self.application_queue.empty():
            self.application_queue.get_nowait()
        self.application_queue.put_nowait(
            {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        )
        self.muted = True

    def onOpen(self) -> None:  # noqa: N802
        # So far the transport reports a full buffer to the HTTP channel, which no longer writes.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()
        reactor.callLater(0, self.parse_unread)

    # The transport calls these three: its buffer is full, empty again, gone.
    def pauseProducing(self) -> None:  # noqa: N802
        self.writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.writable.set()
        pong, self.unsent_pong = self.unsent_pong, None
        if pong is not None:
            self.sendPong(pong)

    def stopProducing(self) -> None:  # noqa: N802
        self.writable.set()

    def handle_reply(self, message: dict[str, Any]) -> None:
        connecting = self.state == self.STATE_CONNECTING
        match message["type"]:
            case "websocket.close" if not connecting:
                self.close(message.get("code") or NORMAL, message.get("reason") or "")
            case "websocket.send" if not connecting and self.state != self.STATE_OPEN:
                # The peer has just left: ignored here, as daphne ignores it a moment later.
                return
            case _:
                super().handle_reply(message)

    def handle_exception(self, exception: BaseException) -> None:
        if hasattr(self, "handshake_deferred"):
            super().handle_exception(exception)
        else:
            self.close(INTERNAL_ERROR, "Internal error")

    def close(self, code: int, reason: str) -> None:
        """`sendClose` refuses all codes below 3000 but 1000, which a close frame may carry."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code, reasonUtf8=encode_truncate(reason, MAX_REASON_BYTES))

    def _fail_connection(self, *why: Any) -> None:
        super()._fail_connection(*why)
        # A peer that broke the protocol need not answer the close frame.
        reactor.callLater(LINGER_S, self.transport.abortConnection)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """A close frame that says what was wrong is sent first, but a client that reads nothing is
        not waited for."""
        reactor.callLater(CLOSE_TIMEOUT_S, self.transport.abortConnection)
        super().dropConnection(abort and not self.failedByMe)

    def _sendAutoPing(self) -> None:  # noqa: N802
        # One at a time: a second ping would lose the timer of the first, which would then fire.
        if self.autoPingTimeoutCall is None:
            super()._sendAutoPing()

    # autobahn colours the arguments of two debug lines per frame, a seventh of daphne's CPU time.
    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        if sync or chopsize or self.send_queue:
            super().sendData(data, sync, chopsize)
        else:
            self.transport.write(data)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.bytes_after_close += len(data) if self.state == self.STATE_CLOSING else 0
        if not self.in_handshake:
            # The whole of it, handed over by the HTTP channel.
            self.in_handshake = True
            self._dataReceived(data)
        elif self.bytes_after_close <= MAX_BYTES_AFTER_CLOSE:
            self.unread += data
            self.parse_unread()
        else:
            self.transport.pauseProducing()
            reactor.callLater(LINGER_S, self.transport.abortConnection)

    def parse_unread(self) -> None:
        """autobahn would parse all that has come while every other connection waits."""
        while self.unread and self.parse_timer is None and self.state != self.STATE_CONNECTING:
            piece = bytes(self.unread[:PARSE_BYTES])
            del self.unread[:PARSE_BYTES]
            self._dataReceived(piece)
            if (pause_s := self.frames.pause_s()) is not None:
                self.parse_timer = reactor.callLater(pause_s, self.go_on_parsing)
        self.set_reading(not self.unread)

    def go_on_parsing(self) -> None:
        self.parse_timer = None
        self.parse_unread()

    def set_reading(self, is_reading: bool) -> None:
        if is_reading != self.is_reading and self.bytes_after_close <= MAX_BYTES_AFTER_CLOSE:
            self.is_reading = is_reading
            (self.transport.resumeProducing if is_reading else self.transport.pauseProducing)()

    def connectionLost(self, *reason: Any) -> None:  # noqa: N802
        open_connections.remove(getattr(self.transport.getPeer(), "host", None))
        self.unread.clear()
        if self.parse_timer is not None:
            self.parse_timer.cancel()
        super().connectionLost(*reason)

    def onFrameEnd(self) -> Any:  # noqa: N802
        self.frames.count(1)
        return super().onFrameEnd()

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        super().onMessageFrameBegin(length)
        self.frames.count_fragment()
        if self.frames.too_many_fragments() and not self.muted:
            self.muted = True
            self.message_data.clear()
            self.application_queue.put_nowait(
                {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
            )
            self.close(POLICY_VIOLATION, TOO_MANY_FRAGMENTS)

    def onMessageFrameData(self, payload: bytes) -> None:  # noqa: N802
        """autobahn would keep an object for each piece that arrives, were it a byte."""
        if self.failedByMe:
            return
        if not self.frame_data:
            self.frame_data.append(bytearray())
        self.frame_data[0] += payload

    def onMessageFrame(self, payload: list[bytearray]) -> None:  # noqa: N802
        if self.muted:
            return
        if not self.message_data:
            self.message_data.append(bytearray())
        self.message_data[0] += b"".join(payload)

    def onMessageEnd(self) -> None:  # noqa: N802
        self.frames.end_message()
        super().onMessageEnd()

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """A client that sends pings and reads no pongs would fill our memory with them."""
        if self.writable.is_set():
            super().onPing(payload)
        else:
            self.unsent_pong = payload

    def check_timeouts(self) -> None:
        if self.state == self.STATE_OPEN:
            is_incomplete = bool(self.inside_message or self.current_frame or self.data)
            if self.frames.is_overdue(is_incomplete, time.monotonic()):
                self.close(POLICY_VIOLATION, TOO_SLOW)
        super().check_timeouts()
