"""Requests to the application over ASGI, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from channels.testing import HttpCommunicator

from ragws.asgi import application

TIMEOUT_S = 10


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def _as_json(body: object) -> bytes:
    return json.dumps(body).encode() if body is not None else b""


async def request(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: object = None,
    query: Mapping[str, str] | None = None,
) -> Reply:
    """The whole response; that of events ends with their stream."""
    content = body if isinstance(body, bytes) else _as_json(body)
    fields = {"host": "testserver", "content-length": str(len(content)), **(headers or {})}
    encoded = [(name.encode(), value.encode()) for name, value in fields.items()]
    address = f"{path}?{urlencode(query)}" if query else path
    communicator = HttpCommunicator(application, method, address, content, encoded)
    response = await communicator.get_response(TIMEOUT_S)
    await communicator.wait(TIMEOUT_S)
    found = {name.decode().lower(): value.decode() for name, value in response["headers"]}
    return Reply(response["status"], found, response["body"].decode())
