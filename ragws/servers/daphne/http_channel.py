"""HTTP of daphne, with limits for the time and the size of requests, and back-pressure."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any
from urllib.parse import unquote

from daphne.http_protocol import WebRequest
from twisted.internet import reactor
from twisted.web.http import HTTPChannel

from core.errors import AppError
from ragws.request_bodies import Admission, admit, declared_bytes, refusal_response, too_large
from ragws.servers.framing import has_stray_line_end, is_ambiguous
from ragws.servers.open_connections import open_connections
from ragws.servers.request_limits import MAX_HEAD_BYTES, RequestProgress

REFUSAL_LINGER_S = 1


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
