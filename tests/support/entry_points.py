"""Presents credentials to the application's two entry points, the WebSocket and REST."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from channels.testing import HttpCommunicator, WebsocketCommunicator

from ragws.asgi import application

# For a machine that is busy with other things.
TIMEOUT_S = 20
POLICY_VIOLATION = 1008


@dataclass(frozen=True)
class ClientRequest:
    """The headers and the query string that a client sends."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""

    def encoded_headers(self, origins: Sequence[str]) -> list[tuple[bytes, bytes]]:
        named = [("host", "testserver"), *self.headers.items()]
        named += [("origin", origin) for origin in origins]
        return [(name.encode(), value.encode()) for name, value in named]


async def socket_accepts(request: ClientRequest, *origins: str) -> bool:
    """A refused client gets an error frame and a close with 1008."""
    path = f"/v1/ws/chat?{request.query}"
    socket = WebsocketCommunicator(application, path, request.encoded_headers(origins))
    await socket.connect(TIMEOUT_S)
    await socket.send_input({"type": "websocket.receive", "text": '{"type": "ping"}'})
    frame = json.loads(await socket.receive_from(TIMEOUT_S))
    if frame["message"] == "pong":
        await socket.disconnect()
        return True
    assert frame["code"] == HTTPStatus.UNAUTHORIZED, frame
    closed = await socket.receive_output(TIMEOUT_S)
    assert (closed["type"], closed["code"]) == ("websocket.close", POLICY_VIOLATION)
    await socket.disconnect()
    return False


async def rest_accepts(request: ClientRequest, *origins: str) -> bool:
    path = f"/api/v1/chats?{request.query}"
    headers = request.encoded_headers(origins)
    communicator = HttpCommunicator(application, "GET", path, headers=headers)
    status = (await communicator.get_response(TIMEOUT_S))["status"]
    await communicator.wait(TIMEOUT_S)
    assert status in (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
    return bool(status == HTTPStatus.OK)
