"""`/ragflow/api/v1/…`: the addresses of the REST API again, with errors as RAGFlow tells them."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from accounts.middleware import App, Receive, Scope, Send
from chat.rest import ragflow_errors
from ragws.url_prefix import path_in_site

PREFIX = "/ragflow"
# Headers of an error that are not those of its translation.
REPLACED = {b"content-type", b"content-length", b"www-authenticate"}


def with_ragflow_addresses(app: App) -> App:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = path_in_site(scope["path"])
        if not path.startswith(f"{PREFIX}/api/"):
            await app(scope, receive, send)
            return
        path = path.removeprefix(PREFIX)
        has_header = any(name == b"authorization" for name, _ in scope["headers"])
        translation = Translation(send, path, has_header)
        await app({**scope, "path": path}, receive, translation.send)

    return application


class Translation:
    """Sends a response on; a refusal is held back until it is there as a whole."""

    def __init__(self, send: Send, path: str, has_header: bool) -> None:
        self._send = send
        self._path = path
        self._has_header = has_header
        self._start: Any = None
        self._content = b""

    async def send(self, message: Any) -> None:
        kind = message["type"]
        if kind == "http.response.start" and ragflow_errors.is_translated(message["status"]):
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif kind == "http.response.body":
            self._content += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_translated(self._start)

    async def _send_translated(self, start: Any) -> None:
        message = _message_in(self._content, start["status"])
        body = ragflow_errors.translate(start["status"], message, self._path, self._has_header)
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = [
            *(pair for pair in start["headers"] if pair[0].lower() not in REPLACED),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await self._send({**start, "status": int(HTTPStatus.OK), "headers": headers})
        await self._send({"type": "http.response.body", "body": content})


def _message_in(content: bytes, status: int) -> str:
    """Django's own error pages are no JSON."""
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return HTTPStatus(status).phrase
