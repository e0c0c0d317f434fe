"""HTTP of uvicorn, with limits for the time and the size of requests."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chat.http.responses import ABORT
from ragws.servers.framing import is_ambiguous
from ragws.servers.open_connections import open_connections
from ragws.servers.request_limits import MAX_HEAD_BYTES, RequestProgress

RECHECK_S = 1


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
