"""Answers probes of load balancers, and plain HTTP at a socket's address. They do not reach Django:
any `Host` will do, and there is no login session, no limit and no line in the log."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from accounts.middleware import App, Receive, Scope, Send
from chat.rest.ragflow.system import HEALTH_PATHS, health
from ragws.ragflow_addresses import Address
from ragws.readiness import OK, readiness
from ragws.url_prefix import path_in_site

ALIVE = "/healthz"
READY = "/readyz"
PROBES = (ALIVE, READY)
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


def with_probes(django: App, sockets: Collection[str]) -> App:
    """`sockets`: their addresses."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = path_in_site(scope["path"])
        body: Mapping[str, Any]
        if path in PROBES and scope["method"] not in ("GET", "HEAD"):
            body = {"status": "Only GET and HEAD are for probes"}
            await respond(scope, send, HTTPStatus.METHOD_NOT_ALLOWED, body, {"Allow": "GET, HEAD"})
        elif path == ALIVE:
            await respond(scope, send, HTTPStatus.OK, {"status": OK})
        elif path == READY:
            await respond_ready(scope, send)
        elif (theirs := Address.of(path)) and theirs.path in HEALTH_PATHS:
            await respond(scope, send, *health(await readiness().checks()))
        elif path.rstrip("/") in sockets:
            sentence = "This is the address of a WebSocket: connect with ws:// or wss://"
            body = {"code": int(HTTPStatus.UPGRADE_REQUIRED), "message": sentence, "data": {}}
            await respond(scope, send, HTTPStatus.UPGRADE_REQUIRED, body, UPGRADE)
        else:
            await django(scope, receive, send)

    return application


async def respond_ready(scope: Scope, send: Send) -> None:
    checks = await readiness().checks()
    is_ready = all(result == OK for result in checks.values())
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    await respond(scope, send, status, {"status": OK if is_ready else "not ready", **checks})


async def respond(
    scope: Scope,
    send: Send,
    status: HTTPStatus,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> None:
    content = json.dumps(body).encode()
    fields = {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    encoded = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": encoded})
    is_head = scope["method"] == "HEAD"
    await send({"type": "http.response.body", "body": b"" if is_head else content})
