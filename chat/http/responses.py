"""What handlers respond with: JSON in one piece, or a stream of server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Protocol

from django.conf import settings

from core import error_reporting
from core.errors import AppError

Send = Callable[[Any], Awaitable[None]]

# In the extensions of a scope: drops the connection, unsent data included.
ABORT = "ragws.abort"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
EVENT_STREAM_HEADERS = {
    **HEADERS,
    "Content-Type": "text/event-stream; charset=utf-8",
    # nginx would collect the events until its buffer is full.
    "X-Accel-Buffering": "no",
}


class ReaderStalled(Exception):
    """The client has taken nothing for too long."""


class Response(Protocol):
    async def send(self, send: Send) -> None: ...


class JsonResponse:
    def __init__(
        self, body: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
    ) -> None:
        """`body`: encoded already if it is a string."""
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        self._content = text.encode()
        self._status = status
        self._headers = headers or {}

    async def send(self, send: Send) -> None:
        length = str(len(self._content))
        headers = {
            **HEADERS,
            "Content-Type": "application/json",
            "Content-Length": length,
            **self._headers,
        }
        await send(_start(self._status, headers))
        await send({"type": "http.response.body", "body": self._content})


class EventStream:
    """`events` are whole, as `event` makes them. An error of theirs is the last event. `on_close`
    is called however it ends."""

    def __init__(
        self,
        events: AsyncGenerator[str, None],
        last_event: Callable[[AppError], str],
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._events = events
        self._last_event = last_event
        self._on_close = on_close

    async def send(self, send: Send) -> None:
        try:
            await self._send(send)
        finally:
            self._on_close()

    async def _send(self, send: Send) -> None:
        await send(_start(HTTPStatus.OK, EVENT_STREAM_HEADERS))
        # daphne sends the headers with the first piece of the body.
        await self._write(send, "")
        async with aclosing(self._events) as events:
            try:
                async for event in events:
                    await self._write(send, event)
            except ReaderStalled:
                raise
            except AppError as error:
                await self._write(send, self._last_event(error))
            except Exception as error:
                await self._write(send, self._last_event(error_reporting.report(error)))
        await send({"type": "http.response.body", "body": b""})

    async def _write(self, send: Send, text: str) -> None:
        """Waits until the client has taken what was sent before: the whole back-pressure."""
        message = {"type": "http.response.body", "body": text.encode(), "more_body": True}
        try:
            async with asyncio.timeout(settings.STALLED_READER_S):
                await send(message)
        except TimeoutError:
            raise ReaderStalled from None


def _start(status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": int(status), "headers": encoded}


def envelope(data: object, message: str = "") -> dict[str, object]:
    return {"code": 0, "message": message, "data": data}


def error_headers(error: AppError) -> dict[str, str]:
    headers = {}
    if error.code == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    return headers


def error_response(error: AppError) -> JsonResponse:
    """In the envelope of the REST API."""
    body = {"code": int(error.code), "message": str(error), "data": error.details or None}
    return JsonResponse(body, error.code, error_headers(error))
