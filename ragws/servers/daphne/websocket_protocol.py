"""WebSockets of daphne with what they lack: close codes with reasons, and back-pressure."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from autobahn.util import encode_truncate
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet import reactor

from core.close_codes import INTERNAL_ERROR, NORMAL, POLICY_VIOLATION
from ragws.servers.connection_limits import (
    CLOSE_TIMEOUT_S,
    LINGER_S,
    MAX_BYTES_AFTER_CLOSE,
    MIB,
    PARSE_BYTES,
)
from ragws.servers.incoming_frames import TOO_MANY_FRAGMENTS, TOO_SLOW, IncomingFrames
from ragws.servers.open_connections import open_connections

# How much may wait for the application: uvicorn stops reading, daphne cannot.
MAX_WAITING_FRAMES, MAX_WAITING_BYTES = 256, 4 * MIB
TOO_MANY_FRAMES = "Too many frames are waiting"
# Bytes of UTF-8 in a close frame (RFC 6455, section 5.5).
MAX_REASON_BYTES = 123
SUBPROTOCOL_HEADER = "sec-websocket-protocol"


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
