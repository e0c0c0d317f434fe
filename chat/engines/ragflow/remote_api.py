"""Requests to RAGFlow's HTTP API: whole answers here, streams in `completion_stream.py`.

Imported with the first question, as `httpcore` is.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpcore

from chat.engines.http.connections import ForbiddenAddress, send, target_of
from chat.engines.http.event_stream import MalformedEvent as MalformedStream
from chat.engines.http.event_stream import TooLongEvent
from chat.engines.http.patience import Patience, TookTooLong
from chat.engines.http.response_body import UnknownEncoding, unpacked
from chat.engines.http.responses import LOST, beginning_of, headers_of, wire_of
from chat.engines.ragflow.chat_events import MalformedEvent, Refused, data_of
from chat.engines.ragflow.remote_settings import RemoteSettings

Body = Mapping[str, object]


class HTTPFailure(Exception):
    """A status that is an error, without one of RAGFlow's envelopes: mostly a proxy's."""

    def __init__(self, status: int, headers: Mapping[str, str], beginning: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.beginning = beginning


# All that a request, or reading its response, raises.
FAILURES = (
    *LOST,
    *(TimeoutError, httpcore.TimeoutException, TookTooLong, HTTPFailure, Refused, MalformedEvent),
    *(MalformedStream, TooLongEvent, UnknownEncoding, zlib.error, ForbiddenAddress),
)


@asynccontextmanager
async def requested(
    settings: RemoteSettings,
    patience: Patience,
    method: str,
    path: str,
    body: Body | None = None,
    query: str = "",
) -> AsyncGenerator[httpcore.Response]:
    """The response, before its body is read; its connection is closed if that is not read whole.

    Raises `Refused` and `HTTPFailure` for a status that is an error.
    """
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode(errors="replace")
    target = target_of(settings.base_url_path + path, query)
    credentials = [(b"Authorization", b"Bearer " + settings.api_key.encode())]
    headers = credentials if settings.api_key else []
    async with asyncio.timeout(patience.seconds()):
        response = await send(settings, method, target, headers, content)
    async with aclosing(response):
        if not 200 <= response.status < 300:
            async with asyncio.timeout(patience.seconds()):
                raise _refusal(response, await beginning_of(response))
        yield response


def body_of(response: httpcore.Response) -> AsyncGenerator[bytes]:
    return unpacked(wire_of(response), headers_of(response).get("content-encoding", ""))


async def call(
    settings: RemoteSettings, method: str, path: str, body: Body | None = None, query: str = ""
) -> Any:
    """What is in the envelope of the answer. Raises `FAILURES`."""
    patience = Patience(settings.timeout_s, settings.timeout_s)
    content = bytearray()
    async with (
        requested(settings, patience, method, path, body, query) as response,
        aclosing(body_of(response)) as pieces,
    ):
        while (piece := await patience.next(pieces)) is not None:
            content += piece
            if len(content) > settings.max_answer_bytes:
                raise TooLongEvent
    return data_of(_parsed(bytes(content)))


def _refusal(response: httpcore.Response, beginning: bytes) -> Exception:
    """An envelope in it says more than the status."""
    try:
        data_of(_parsed(beginning))
    except Refused as refusal:
        return refusal
    except MalformedEvent:
        pass
    return HTTPFailure(response.status, headers_of(response), beginning)


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedEvent from None
