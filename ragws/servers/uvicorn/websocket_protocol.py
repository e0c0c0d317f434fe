"""WebSockets of uvicorn, closed strictly, read with patience and written without detours."""

from __future__ import annotations

import asyncio
from typing import Any

import websockets.http11
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.protocol import State

from chat.websocket.direct_write import DIRECT_WRITE
from core.close_codes import INTERNAL_ERROR, POLICY_VIOLATION, SERVICE_RESTART
from core.websocket_frame import text_frame
from ragws.servers.connection_limits import (
    CLOSE_TIMEOUT_S,
    LINGER_S,
    MAX_BYTES_AFTER_CLOSE,
    PARSE_BYTES,
)
from ragws.servers.incoming_frames import TOO_MANY_FRAGMENTS, TOO_SLOW, IncomingFrames
from ragws.servers.open_connections import open_connections
from ragws.servers.request_limits import MAX_HEAD_BYTES
from ragws.servers.shutdown import retry_hint

NOT_TEXT = 1007
# The head of a handshake is limited as a whole, before websockets sees it. By default, it refuses
# lines of more than 8 KiB, such as those with many cookies.
websockets.http11.MAX_LINE_LENGTH = MAX_HEAD_BYTES


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
