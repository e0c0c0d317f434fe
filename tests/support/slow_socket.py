"""A raw-socket WebSocket client with a small receive window that reads only on demand."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator

TEXT, CLOSE = 1, 8
WAIT_S = 20


class SlowSocket:
    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.socket()
        # Before connecting, or the kernel offers the server a large window.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(("127.0.0.1", port))
        self._unread = b""
        self._shake_hands(path)

    def close(self) -> None:
        self.socket.close()

    def send(self, **fields: object) -> None:
        """In a frame with a mask of zeros, which changes nothing."""
        payload = json.dumps(fields).encode()
        if len(payload) < 126:
            head = struct.pack("!BB4x", 0x81, 0x80 | len(payload))
        else:
            head = struct.pack("!BBH4x", 0x81, 0x80 | 126, len(payload))
        self.socket.sendall(head + payload)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Opcode and payload of each frame, up to the close frame."""
        opcode = 0
        while opcode != CLOSE:
            first, size = self._take(2)
            if size == 126:
                (size,) = struct.unpack("!H", self._take(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._take(8))
            opcode = first & 15
            yield opcode, self._take(size)

    def _shake_hands(self, path: str) -> None:
        lines = (
            f"GET {path} HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
            "Sec-WebSocket-Version: 13",
        )
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._take(1)
        assert answer.startswith(b"HTTP/1.1 101 "), answer

    def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            more = self.socket.recv(65536)
            assert more, "The connection ended without a close frame"
            self._unread += more
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken


def close_of(payload: bytes) -> tuple[int, str]:
    """The code and reason of a close frame."""
    return struct.unpack("!H", payload[:2])[0], payload[2:].decode()


class SlowHttp:
    """A POST of JSON, whose response is read only on demand."""

    def __init__(self, port: int, path: str, token: str, body: object) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(("127.0.0.1", port))
        content = json.dumps(body).encode()
        lines = (
            f"POST {path} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {token}",
            f"Content-Length: {len(content)}",
        )
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + content)

    def __enter__(self) -> SlowHttp:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def wait_for_head(self) -> None:
        assert self.socket.recv(12) == b"HTTP/1.1 200"

    def rest(self) -> bytes:
        """Until the server has cut the connection."""
        received = b""
        try:
            while more := self.socket.recv(65536):
                received += more
        except ConnectionResetError:
            pass
        return received
