"""uvicorn with a graceful shutdown, request limits and strict WebSocket closing."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from types import FrameType
from typing import Any

import uvicorn
import websockets.http11
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.protocol import State

from chat.http.responses import ABORT
from chat.websocket.direct_write import DIRECT_WRITE
from core.close_codes import INTERNAL_ERROR, POLICY_VIOLATION, SERVICE_RESTART
from core.websocket_frame import text_frame
from ragws.servers.framing import is_ambiguous
from ragws.servers.incoming_frames import TOO_MANY_FRAGMENTS, TOO_SLOW, IncomingFrames
from ragws.servers.open_connections import open_connections
from ragws.servers.request_limits import MAX_HEAD_BYTES, RequestProgress
from ragws.servers.shutdown import announce, drain, retry_hint

NOT_TEXT = 1007
PING_INTERVAL_S = 20
# How long a peer has to answer a close frame, and a task to notice that its socket is gone.
CLOSE_TIMEOUT_S = 10
GRACE_S = 5
# How long the rest of a frame that was refused for its size is accepted, unread.
LINGER_S = 1
RECHECK_S = 1
# The head of a handshake is limited as a whole, before websockets sees it. By default, it refuses
# lines of more than 8 KiB, such as those with many cookies.
websockets.http11.MAX_LINE_LENGTH = MAX_HEAD_BYTES
# Parsed at once: nearly two hundred frames, if they are empty.
PARSE_BYTES = 1024
# How much may arrive before the answer to a close frame: what was already on its way.
MAX_BYTES_AFTER_CLOSE = 64 * 1024
MIB = 1024 * 1024


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


def max_message_bytes() -> int:
    """The largest message the server reads. Our own limit is lower, and gets an error frame."""
    return max(MIB, 4 * settings.MAX_FRAME_BYTES, 2 * settings.MAX_OUTBOUND_FRAME_BYTES)


def ping_timeout_s() -> float:
    """Longer than the deadline of a stalled reader, whose pong waits behind unread frames."""
    return settings.STALLED_READER_S + PING_INTERVAL_S


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


class RequestRefused(Exception):
    """The head of a request is too large, or its end is ambiguous.
    The parser ends at an exception, and uvicorn answers with 400."""


class HttpProtocol(HttpToolsProtocol):
    """Limits the time and the size of requests, which uvicorn does not."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._deadline_timer: asyncio.TimerHandle | None = None
        self._expect_request()
        if not open_connections.add(self.client[0] if self.client else None):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        # Not called after an upgrade: the protocol of the socket takes over.
        open_connections.remove(self.client[0] if self.client else None)
        self._cancel_deadline()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {ABORT: self.transport.abort}
        self.scope["extensions"] = extensions

    def data_received(self, data: bytes) -> None:
        if self._deadline_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_request()
        self._progress.add(len(data))
        self._head_bytes += len(data) if self._in_head else 0
        super().data_received(data)
        head_is_too_large = self._in_head and self._head_bytes > MAX_HEAD_BYTES
        if (head_is_too_large or self._progress.is_too_large()) and not self.transport.is_closing():
            self.send_400_response("The request is too large")

    def on_headers_complete(self) -> None:
        self._in_head = False
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES:
            raise RequestRefused
        if is_ambiguous(self.parser.get_http_version(), self.headers):
            raise RequestRefused
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._cancel_deadline()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._cancel_deadline()
        super().handle_websocket_upgrade()

    def _expect_request(self) -> None:
        self._progress = RequestProgress()
        self._in_head, self._head_bytes = True, 0
        self._check_deadline_in(self._progress.time_left_s())

    def _check_deadline_in(self, seconds: float) -> None:
        self._deadline_timer = self.loop.call_later(seconds, self._check_deadline)

    def _check_deadline(self) -> None:
        left = self._progress.time_left_s()
        if self.flow.read_paused:
            # We paused reading ourselves: the client is not slow.
            left = RECHECK_S
        if left > 0:
            self._check_deadline_in(left)
        else:
            self.transport.close()

    def _cancel_deadline(self) -> None:
        if self._deadline_timer is not None:
            self._deadline_timer.cancel()
            self._deadline_timer = None


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Sends close frames at once, with a reason, and aborts peers that do not answer them."""

    # How many bytes were received after our close frame.
    bytes_after_close = 0
    # The newest pong that could not be written: RFC 6455, section 5.5.3, lets it stand for all.
    unsent_pong = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Received and not parsed yet.
        self.unread = bytearray()
        self._frames = IncomingFrames()
        self._parse_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        open_connections.remove(self.client[0] if self.client else None)
        if self._parse_timer is not None:
            self._parse_timer.cancel()
        self.unread.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """uvicorn would parse all of it at once while every other connection waits: a quarter of a
        megabyte may hold thousands of frames."""
        self.bytes_after_close += len(data) if self.close_sent else 0
        if self.bytes_after_close > MAX_BYTES_AFTER_CLOSE:
            self._stop_reading()
            return
        self.unread += data
        self._parse_unread()

    def _stop_reading(self) -> None:
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()
            self._abort_later(LINGER_S)

    async def receive(self) -> Any:
        message = await super().receive()
        self._parse_unread()
        return message

    def _parse_unread(self) -> None:
        """Parse until the application has a message to handle, or other sockets their turn."""
        while self.unread and self.queue.empty() and self._parse_timer is None:
            piece = bytes(self.unread[:PARSE_BYTES])
            del self.unread[:PARSE_BYTES]
            super().data_received(piece)
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self._refuse_handshake()
            if self.close_sent and self.conn.parser_exc is not None:
                self.unread.clear()
            if (pause_s := self._frames.pause_s()) is not None:
                self._parse_timer = self.loop.call_later(pause_s, self._go_on_parsing)
        if self.unread and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _go_on_parsing(self) -> None:
        self._parse_timer = None
        self._parse_unread()
        may_read = not self.unread and self.queue.empty()
        if may_read and self.read_paused and self.bytes_after_close <= MAX_BYTES_AFTER_CLOSE:
            self.read_paused = False
            self.transport.resume_reading()

    def handle_events(self) -> None:
        self._frames.count(len(self.conn.events))
        super().handle_events()

    def _refuse_handshake(self) -> None:
        """For requests that websockets takes for no handshake: uvicorn would not answer them."""
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        answer = b"".join(self.conn.data_to_send())
        self.transport.write(answer or b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        self._frames.count_fragment()
        if self._frames.too_many_fragments():
            self.frames = []
            self._close(POLICY_VIOLATION, TOO_MANY_FRAGMENTS)
        # Empty fragments would be kept, too.
        elif event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """A client that sends pings and reads no pongs would fill our memory with them."""
        pongs = self.conn.data_to_send()
        if self.writable.is_set() or self.conn.state is not State.OPEN:
            self.transport.write(b"".join(pongs))
        elif pongs:
            self.unsent_pong = pongs[-1]

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.unsent_pong and self.conn.state is State.OPEN:
            self.transport.write(self.unsent_pong)
        self.unsent_pong = b""

    def send_keepalive_ping(self) -> None:
        is_incomplete = self.conn.current_size is not None or bool(self.conn.reader.buffer)
        if self._frames.is_overdue(is_incomplete, self.loop.time()):
            self._close(POLICY_VIOLATION, TOO_SLOW)
        super().send_keepalive_ping()

    def send_receive_event_to_app(self) -> None:
        """Closes on bytes that are not UTF-8, for which uvicorn would log a traceback."""
        self._frames.end_message()
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.send_close(NOT_TEXT)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        # The connection of a client that closes and reads nothing would stay open for ever.
        self._abort_later()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            await self._send_close(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.close_sent:
            # The socket was closed while this waited: for the application, the client has left.
            raise ClientDisconnected
        text = message.get("text")
        if text is None or not self.is_free():
            await super().send(message)
        else:
            self.write(text_frame(text))

    async def _send_close(self, message: Any) -> None:
        # uvicorn would wait for a stalled reader before it sends the frame that closes it for that.
        self.writable.set()
        await super().send(message)
        self._abort_later()

    async def run_asgi(self) -> None:
        # In uvicorn's types, extensions are mappings.
        extensions: dict[str, Any] = {**(self.scope.get("extensions") or {}), DIRECT_WRITE: self}
        self.scope["extensions"] = extensions
        await super().run_asgi()

    def is_free(self) -> bool:
        """Whether a frame can be written now without waiting."""
        return (
            self.writable.is_set()
            and not self.disconnected
            and not self.close_sent
            and self.conn.state is State.OPEN
        )

    def write(self, frame: bytes) -> None:
        """Bypasses the frame objects of websockets, which cost as much as all the rest."""
        self.transport.write(frame)

    def send_500_response(self) -> None:
        if self.handshake_complete:
            self._close(INTERNAL_ERROR, "Internal error")
        else:
            super().send_500_response()

    def shutdown(self) -> None:
        if self.handshake_complete:
            self._close(SERVICE_RESTART, retry_hint())
        super().shutdown()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_later()

    def handle_parser_exception(self) -> None:
        """The rest of a frame that is too large is still arriving: uvicorn would close at once,
        which resets the connection, and the client might never see the reason."""
        refused = self.conn.close_sent
        if refused is None or self.close_sent:
            return
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": refused.code, "reason": refused.reason}
        )
        self._write_close(LINGER_S)

    def _close(self, code: int, reason: str) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self._write_close()

    def _write_close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._abort_later(timeout_s)

    def _abort_later(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """`transport.close` waits until everything is written: for a stalled reader, for ever."""
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(timeout_s, self.transport.abort)
