"""A raw-socket WebSocket client for security tests: it can break any rule of the protocol."""

from __future__ import annotations

import re
import socket
import struct
from contextlib import suppress
from types import TracebackType

from tests.contract.conftest import CHAT

CONT, TEXT, BINARY, CLOSE, PING = 0x0, 0x1, 0x2, 0x8, 0x9
FIN, MASKED = 0x80, 0x80
WAIT_S = 5
HANDSHAKE = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    "Sec-WebSocket-Version": "13",
}


def frame(opcode: int, payload: bytes = b"", *, flags: int = FIN, masked: bool = True) -> bytes:
    """`flags`: FIN and any reserved bits."""
    return head_of(opcode, len(payload), flags=flags, masked=masked) + payload


def head_of(opcode: int, size: int, *, flags: int = FIN, masked: bool = True) -> bytes:
    mask = MASKED if masked else 0
    if size < 126:
        head = struct.pack("!BB", flags | opcode, mask | size)
    elif size < 65_536:
        head = struct.pack("!BBH", flags | opcode, mask | 126, size)
    else:
        head = struct.pack("!BBQ", flags | opcode, mask | 127, size)
    # A mask of zeros changes nothing.
    return head + (bytes(4) if masked else b"")


def handshake(token: str = "", line: str = "", **changed: str | None) -> bytes:
    """None leaves a header out; `_` stands for `-`."""
    fields: dict[str, str | None] = dict(HANDSHAKE)
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [line or f"GET {CHAT}?token={token} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


class Attacker:
    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(WAIT_S)
        # A server that refuses a connection resets it, sometimes before `connect` has returned.
        with suppress(ConnectionResetError):
            self.socket.connect(("127.0.0.1", port))
        self._unread = b""

    def __enter__(self) -> Attacker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """The server may close the connection before everything is sent."""
        with suppress(ConnectionError):
            self.socket.sendall(data)

    def open(self, token: str) -> None:
        self.send(handshake(token))
        assert self.status() == 101

    def status(self) -> int | None:
        """The status of the HTTP response; None if the connection is cut instead."""
        while b"\r\n\r\n" not in self._unread:
            if not (more := self._read()):
                return None
            self._unread += more
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return int(head.split()[1])

    def close_code(self) -> int | None:
        """The code of the close frame, which is echoed as RFC 6455 asks; None if there is none."""
        while (found := self._frame()) is not None:
            opcode, payload = found
            if opcode == CLOSE:
                self.send(frame(CLOSE, payload[:2]))
                return int.from_bytes(payload[:2]) if payload else 1005
        return None

    def next_frame(self) -> tuple[int, bytes]:
        found = self._frame()
        assert found, "The connection was cut"
        return found

    def send_and_wait(self, data: bytes, seconds: float) -> bool:
        """Whether the connection is cut within `seconds`."""
        self.send(data)
        return self.is_cut(seconds)

    def statuses(self) -> list[int]:
        """Those of all HTTP responses until the connection is cut."""
        received = self._unread
        while more := self._read():
            received += more
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]

    def drop_unread(self) -> None:
        """A body that came with the head of a response."""
        self._unread = b""

    def is_cut(self, within_s: float = WAIT_S) -> bool:
        """Reads and drops what comes before."""
        self.socket.settimeout(within_s)
        try:
            while self._read():
                pass
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(WAIT_S)
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        head = self._take(2)
        if head is None:
            return None
        size = head[1]
        if size > 125:
            size = int.from_bytes(self._take(2 if size == 126 else 8) or b"")
        payload = self._take(size)
        return None if payload is None else (head[0] & 15, payload)

    def _take(self, size: int) -> bytes | None:
        while len(self._unread) < size:
            if not (more := self._read()):
                return None
            self._unread += more
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    def _read(self) -> bytes:
        try:
            return self.socket.recv(65_536)
        except TimeoutError:
            raise
        # Also "not connected", after a reset during `connect`.
        except OSError:
            return b""
