"""A cheap WebSocket client for soak tests: connects, sends, and leaves in one of several ways."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from tests.support.websocket_client import TEXT, masked

HANDSHAKE = """\
GET {path} HTTP/1.1\r
Host: localhost\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r
Sec-WebSocket-Version: 13\r
\r
"""
OPEN, CHUNK, END, FOLLOWING = b"\r\n\r\n", b'"answer":"', b'"data":true', b'"following"'
# Leaves as soon as everything is sent.
NOTHING = b""
SESSION = re.compile(rb'"session_id":"([0-9a-f]{32})"')
# Enough bytes to contain any of the markers above.
TAIL_BYTES = 600
NORMAL_CLOSE = masked(0x8, b"\x03\xe8")


@dataclass(frozen=True)
class Visit:
    """What to send after the handshake, what to wait for, and how to leave."""

    sends: Sequence[dict[str, object]]
    until: bytes
    sends_close_frame: bool = False


class SoakVisitor(asyncio.Protocol):
    def __init__(self, path: str, visit: Visit) -> None:
        self.path = path
        self.visit = visit
        self.session_id = ""
        self.left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tail = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(HANDSHAKE.format(path=self.path).encode())

    def data_received(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-max(TAIL_BYTES, len(data)) :]
        if not self._is_open:
            if OPEN not in self._tail:
                return
            self._is_open, self._tail = True, b""
            for message in self.visit.sends:
                self._transport.write(masked(TEXT, json.dumps(message).encode()))
        if self.visit.until in self._tail or not self.visit.until:
            self._leave()

    def _leave(self) -> None:
        if found := SESSION.search(self._tail):
            self.session_id = found[1].decode()
        if self.visit.sends_close_frame:
            self._transport.write(NORMAL_CLOSE)
            self._transport.close()
        elif self.visit.until == CHUNK:
            self._transport.abort()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.left.done():
            self.left.set_result(None)
