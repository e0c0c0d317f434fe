"""Two doors of the application, the socket's and REST's, and what they say to whoever knocks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from channels.testing import HttpCommunicator, WebsocketCommunicator

from ragws.asgi import application

PATIENCE_S = 5
POLICY_VIOLATION = 1008


@dataclass(frozen=True)
class Knock:
    """What somebody presents."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""

    def encoded(self, origins: Sequence[str]) -> list[tuple[bytes, bytes]]:
        named = [("host", "testserver"), *self.headers.items()]
        named += [("origin", origin) for origin in origins]
        return [(name.encode(), value.encode()) for name, value in named]


async def socket_opens(check_handshake: Knock, *origins: str) -> bool:
    """Who is refused is told why, and shown out."""
    path = f"/v1/ws/chat?{check_handshake.query}"
    socket = WebsocketCommunicator(application, path, check_handshake.encoded(origins))
    await socket.connect(PATIENCE_S)
    await socket.send_input({"type": "websocket.receive", "text": '{"type": "ping"}'})
    frame = json.loads(await socket.receive_from(PATIENCE_S))
    if frame["message"] == "pong":
        await socket.disconnect()
        return True
    assert frame["code"] == HTTPStatus.UNAUTHORIZED, frame
    closed = await socket.receive_output(PATIENCE_S)
    assert (closed["type"], closed["code"]) == ("websocket.close", POLICY_VIOLATION)
    await socket.disconnect()
    return False


async def rest_opens(check_handshake: Knock, *origins: str) -> bool:
    path = f"/api/v1/chats?{check_handshake.query}"
    request = HttpCommunicator(application, "GET", path, headers=check_handshake.encoded(origins))
    status = (await request.get_response(PATIENCE_S))["status"]
    await request.wait(PATIENCE_S)
    assert status in (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
    return bool(status == HTTPStatus.OK)
