"""uvicorn, as we run it."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.protocol import State

from chat.websocket.direct_write import DIRECT_WRITE
from core.close_codes import INTERNAL_ERROR, SERVICE_RESTART
from core.text_frame import text_frame
from ragws.servers.request_limits import MAX_HEAD_BYTES, RequestProgress
from ragws.servers.shutdown import drain, retry_hint

NOT_TEXT = 1007
PING_INTERVAL_S = 20
# How long a peer has to answer a close frame, and a task to notice that its socket is gone.
CLOSE_TIMEOUT_S = 10
GRACE_S = 5
# How long the rest of a frame is let in, unread, that was refused for its size.
LINGER_S = 1
LOOK_AGAIN_S = 1
PIECE_BYTES = 4096
# Where the answer to a close frame may be, behind what was on its way already.
MAX_TOO_LATE_BYTES = 64 * 1024
MIB = 1024 * 1024


def run(app: Any, listener: socket.socket, parent: int | None = None) -> None:
    """Serve until a signal says to leave, or until the process `parent` is no longer our parent."""
    tune_interpreter()
    Server(config(app), parent).run(sockets=[listener])


def tune_interpreter() -> None:
    """Python's own pauses, made shorter than anybody would notice in a text that is typed out.

    Of what is loaded by now nothing is garbage, and of what ten thousand sockets hold little is:
    looked through as often as Python does by itself, it would hold up everything for a second.
    And the thread of the database gives way to the sockets after half a millisecond, not five.
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
    """What a server reads at all. Ours is lower, and is answered with a frame that explains."""
    return max(MIB, 4 * settings.MAX_FRAME_BYTES, 2 * settings.MAX_OUTBOUND_FRAME_BYTES)


def ping_timeout_s() -> float:
    """Later than the deadline of a stalled reader, whose pong waits behind what it has not read."""
    return settings.STALLED_READER_S + PING_INTERVAL_S


class Server(uvicorn.Server):
    """Drains before it closes sockets, hurries at the second signal, ends with code 0."""

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
        # uvicorn would remember the signal, and die of it at the end.
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await drain(lambda: self.force_exit, self.signal_number)
        await super().shutdown(sockets)


class RequestTooLarge(Exception):
    """It has more of a head, or of a body, than is read here."""


class HttpProtocol(HttpToolsProtocol):
    """uvicorn waits for a request for ever, and takes any number of headers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._look_timer: asyncio.TimerHandle | None = None
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_looking()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._look_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_request()
        self._arrival.add(len(data))
        self._head_bytes += len(data) if self._in_head else 0
        super().data_received(data)
        head_is_too_large = self._in_head and self._head_bytes > MAX_HEAD_BYTES
        if (head_is_too_large or self._arrival.is_too_large()) and not self.transport.is_closing():
            self.send_400_response("The request is too large")

    def on_headers_complete(self) -> None:
        self._in_head = False
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES or self._arrival.is_too_large(self._declared_bytes()):
            raise RequestTooLarge
        super().on_headers_complete()

    def _declared_bytes(self) -> int:
        """The parser has seen to it that it is a number."""
        return sum(int(value) for name, value in self.headers if name == b"content-length")

    def on_message_complete(self) -> None:
        self._stop_looking()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._stop_looking()
        super().handle_websocket_upgrade()

    def _expect_request(self) -> None:
        self._arrival = RequestProgress()
        self._in_head, self._head_bytes = True, 0
        self._look_in(self._arrival.left_s())

    def _look_in(self, seconds: float) -> None:
        self._look_timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        left = self._arrival.left_s()
        if self.flow.read_paused:
            # It is we who do not take what has come.
            left = LOOK_AGAIN_S
        if left > 0:
            self._look_in(left)
        else:
            self.transport.close()

    def _stop_looking(self) -> None:
        if self._look_timer is not None:
            self._look_timer.cancel()
            self._look_timer = None


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A close frame goes out at once, with a reason; a peer that does not answer it is cut off."""

    # What came in and is not parsed yet.
    unread = b""
    # How much came after it was told that the socket is closed.
    too_late_bytes = 0

    def data_received(self, data: bytes) -> None:
        """A quarter of a megabyte may come at once: thousands of frames, all of which uvicorn would
        parse while everybody else waits."""
        self.too_late_bytes += len(data) if self.close_sent else 0
        if self.too_late_bytes > MAX_TOO_LATE_BYTES:
            self._read_no_more()
            return
        self.unread += data
        self._read_on()

    def _read_no_more(self) -> None:
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()
            self._cut_off_later(LINGER_S)

    async def receive(self) -> Any:
        message = await super().receive()
        self._read_on()
        return message

    def _read_on(self) -> None:
        """As far as there is something to do for the application."""
        while self.unread and self.queue.empty():
            piece, self.unread = self.unread[:PIECE_BYTES], self.unread[PIECE_BYTES:]
            super().data_received(piece)
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self._refuse_handshake()
            if self.close_sent and self.conn.parser_exc is not None:
                self.unread = b""

    def _refuse_handshake(self) -> None:
        """What is no handshake for websockets: uvicorn would leave the client waiting."""
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        answer = b"".join(self.conn.data_to_send())
        self.transport.write(answer or b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        # Empty ones would be kept in any number.
        if event.data or event.fin:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """uvicorn logs a traceback about bytes that are no text, which any client can send."""
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
        # A client that says goodbye and reads nothing would be held for ever.
        self._cut_off_later()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            await self._send_close(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.close_sent:
            # It waited until the socket was closed: for the application, the client has left.
            raise ClientDisconnected
        text = message.get("text")
        if text is None or not self.is_free():
            await super().send(message)
        else:
            self.write(text_frame(text))

    async def _send_close(self, message: Any) -> None:
        # uvicorn would wait for a reader that takes nothing, to tell it that it is closed for it.
        self.writable.set()
        await super().send(message)
        self._cut_off_later()

    async def run_asgi(self) -> None:
        # uvicorn's type for extensions knows mappings only.
        extensions: dict[str, Any] = {**(self.scope.get("extensions") or {}), DIRECT_WRITE: self}
        self.scope["extensions"] = extensions
        await super().run_asgi()

    def is_free(self) -> bool:
        """Whether what is written now goes out without anybody waiting."""
        return (
            self.writable.is_set()
            and not self.disconnected
            and not self.close_sent
            and self.conn.state is State.OPEN
        )

    def write(self, frame: bytes) -> None:
        """Past websockets' frame objects, which cost as much as all the rest."""
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
        self._cut_off_later()

    def handle_parser_exception(self) -> None:
        """The rest of a frame that is too large is still coming: uvicorn would close at once,
        which resets the connection, and the client may never see why."""
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

    def _write_close(self, patience: float = CLOSE_TIMEOUT_S) -> None:
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._cut_off_later(patience)

    def _cut_off_later(self, patience: float = CLOSE_TIMEOUT_S) -> None:
        """`transport.close` waits until everything is written, for a stalled reader for ever."""
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(patience, self.transport.abort)
