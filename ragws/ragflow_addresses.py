"""`/ragflow/api/v1/…`: RAGFlow's API, as its programs know it.

`/ragflow` is the release that `RAGFLOW_RELEASE` names; `/ragflow-0.24` and `/ragflow-0.25` are one
of them each. What RAGFlow has like us is at our own address without the prefix, and errors are
translated on their way out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

from accounts.middleware import App, Receive, Scope, Send
from chat.rest import ragflow_errors
from chat.rest.ragflow.releases import RELEASES, Release
from ragws.url_prefix import path_in_site

PREFIX = "ragflow"
# What may follow the prefix.
ROOTS = ("api", "v1")
# With `RAGFLOW_AT_ROOT`: what is RAGFlow's without a prefix.
AT_ROOT = {
    "api/v1": (
        *("chats", "sessions", "datasets", "documents", "retrieval", "system", "users"),
        # Not `chat/completions` of OpenAI's, which are below /v1.
        *("chat", "chats_openai", "openai"),
    ),
    "v1": ("user", "llm", "document", "system"),
}
# Headers of an error that are not those of its translation.
REPLACED = {b"content-type", b"content-length"}
# Of one whose status is no longer 401.
CHALLENGE = b"www-authenticate"


@dataclass(frozen=True, slots=True)
class Address:
    release: Release
    # Without the prefix, and without empty parts.
    path: str

    @classmethod
    def of(cls, path: str) -> Address | None:
        parts = [part for part in path.split("/") if part]
        if settings.RAGFLOW_AT_ROOT and _is_ragflow_s(parts):
            return cls(RELEASES[settings.RAGFLOW_RELEASE], "/" + "/".join(parts))
        prefix, *parts = parts or [""]
        named = {release.prefix: release for release in RELEASES.values()}
        named[PREFIX] = RELEASES[settings.RAGFLOW_RELEASE]
        if prefix not in named or parts[:1] == [] or parts[0] not in ROOTS:
            return None
        return cls(named[prefix], "/" + "/".join(parts))

    def own_path(self) -> str:
        return f"/{self.release.prefix}{self.path}"


def _is_ragflow_s(parts: Sequence[str]) -> bool:
    *root, name = parts[: 3 if parts[:1] == ["api"] else 2] or [""]
    return name in AT_ROOT.get("/".join(root), ())


def with_ragflow_addresses(app: App, is_routed: Callable[[str], bool]) -> App:
    """`is_routed`: whether a path is served in front of Django."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        address = Address.of(path_in_site(scope["path"]))
        if address is None:
            await app(scope, receive, send)
            return
        own = address.own_path()
        path = own if is_routed(own) or _is_in_urls(own) else address.path
        has_header = any(name == b"authorization" for name, _ in scope["headers"])
        translation = Translation(send, address, has_header)
        await app({**scope, "path": path}, receive, translation.send)

    return application


def _is_in_urls(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


class Translation:
    """Sends a response on; a refusal is held back until it is there as a whole."""

    def __init__(self, send: Send, address: Address, has_header: bool) -> None:
        self._send = send
        self._address = address
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
        error = ragflow_errors.Error(
            status=start["status"],
            message=_message_in(self._content, start["status"]),
            path=self._address.path,
            has_header=self._has_header,
        )
        status, body = ragflow_errors.translate(error, self._address.release.is_new)
        content = json.dumps(body, ensure_ascii=False).encode()
        replaced = REPLACED if status == HTTPStatus.UNAUTHORIZED else {*REPLACED, CHALLENGE}
        headers = [
            *(pair for pair in start["headers"] if pair[0].lower() not in replaced),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await self._send({**start, "status": int(status), "headers": headers})
        await self._send({"type": "http.response.body", "body": content})


def _message_in(content: bytes, status: int) -> str:
    """Django's own error pages are no JSON."""
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return HTTPStatus(status).phrase
