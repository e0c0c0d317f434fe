"""The HTTP addresses that follow answers, as an ASGI application in front of Django's.

They are served as sockets are: authenticated once, counted as connections, ended with their
credential. Django would hold a thread of its own for each of them as long as it lasts.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.audit.record import record
from accounts.errors import OutOfScope
from accounts.identity import Identity
from accounts.middleware import App, IdentityMiddleware, Receive, Scope, Send
from accounts.models import Action
from accounts.revocation.credential_validity import EXPIRED
from accounts.revocation.socket_monitor import socket_monitor
from accounts.scopes import Scope as TokenScope
from accounts.scopes import out_of_scope
from chat.answers.hub import Hub
from chat.errors import ReadingEnded
from chat.http.connection import Connection, open_connections
from chat.http.request import HttpRequest, read_body
from chat.http.responses import (
    ABORT,
    JsonResponse,
    ReaderStalled,
    Response,
    error_response,
)
from core import error_reporting
from core.errors import AppError
from core.log_context import log_context

ROUTE = "ragws.route"
REQUEST_ID = b"x-request-id"


@dataclass(frozen=True)
class Route:
    method: str
    # As Django writes it: "api/v1/answers/<answer_id>".
    pattern: str
    handler: Callable[[HttpRequest], Awaitable[Response]]
    scopes: tuple[TokenScope, ...]
    # Whether it begins an answer: that is recorded like the opening of a socket.
    asks: bool = False
    # The shape of errors.
    refuse: Callable[[AppError], JsonResponse] = error_response

    def match(self, path: str) -> dict[str, str] | None:
        """The parts of the path in angle brackets, if it is the path of this route."""
        names, parts = self.pattern.split("/"), path.strip("/").split("/")
        if len(names) != len(parts):
            return None
        pairs = list(zip(names, parts, strict=True))
        if any(name != part for name, part in pairs if not name.startswith("<")):
            return None
        return {name[1:-1]: part for name, part in pairs if name.startswith("<")}


def with_routes(django: App, routes: Sequence[Route], hub: Hub, begin: Callable[[], None]) -> App:
    """`begin` is called with each request."""
    serve = IdentityMiddleware(_server(hub), _refuse)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        found = [
            (route, ids) for route in routes if (ids := route.match(path_of(scope))) is not None
        ]
        if not found:
            await django(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        send = _with_header(send, request_id.encode())
        for route, ids in found:
            if route.method == scope["method"]:
                begin()
                with log_context(f"request {request_id}"):
                    await serve({**scope, ROUTE: (route, ids)}, receive, send)
                return
        await _refuse_method([route for route, _ in found], send)

    return application


def path_of(scope: Scope) -> str:
    """Below `URL_PREFIX`."""
    path: str = scope["path"]
    return path.removeprefix(settings.URL_PREFIX)


def _with_header(send: Send, request_id: bytes) -> Send:
    async def send_with_header(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (REQUEST_ID, request_id)]}
        await send(message)

    return send_with_header


async def _refuse(scope: Scope, _receive: Receive, send: Send) -> None:
    route, _ = scope[ROUTE]
    await route.refuse(scope["refusal"]).send(send)


async def _refuse_method(routes: Sequence[Route], send: Send) -> None:
    allowed = ", ".join(sorted(route.method for route in routes))
    status = HTTPStatus.METHOD_NOT_ALLOWED
    body = {"code": int(status), "message": f"Only {allowed} is for this address", "data": None}
    await JsonResponse(body, status, {"Allow": allowed}).send(send)


def _server(hub: Hub) -> App:
    """Serves requests whose sender is known."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        identity, connection = scope["identity"], Connection()
        connection.end_later(settings.MAX_SOCKET_LIFE_S, ReadingEnded("Please connect again"))
        if identity.expires_at:
            left = (identity.expires_at - timezone.now()).total_seconds()
            connection.end_in(left, EXPIRED)
        open_connections().add(connection)
        try:
            with socket_monitor().monitoring(identity, connection.end_in):
                await _serve(scope, receive, send, connection, hub)
        finally:
            open_connections().discard(connection)
            connection.cancel_timers()

    return serve


async def _serve(
    scope: Scope, receive: Receive, send: Send, connection: Connection, hub: Hub
) -> None:
    """Until it is done, or the client leaves."""
    body = await read_body(receive)
    if body is None:
        return
    working = asyncio.create_task(_respond(scope, send, connection, hub, body))
    leaving = asyncio.create_task(_until_the_client_leaves(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    except ReaderStalled:
        scope.get("extensions", {}).get(ABORT, lambda: None)()
        await leaving
    finally:
        leaving.cancel()
        working.cancel()
        await asyncio.wait({working, leaving})


async def _until_the_client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _respond(scope: Scope, send: Send, connection: Connection, hub: Hub, body: bytes) -> None:
    route, path = scope[ROUTE]
    request = HttpRequest(
        identity=scope["identity"],
        hub=hub,
        connection=connection,
        path=path,
        query_string=scope["query_string"].decode("latin-1"),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        body=body,
    )
    response = await _response_to(route, request)
    await response.send(send)


async def _response_to(route: Route, request: HttpRequest) -> Response:
    try:
        _check_scopes(request.identity, route)
        if route.asks:
            record(Action.CONNECT, f"/{route.pattern}")
        return await route.handler(request)
    except AppError as error:
        return route.refuse(error)
    except Exception as error:
        return route.refuse(error_reporting.report(error))


def _check_scopes(identity: Identity, route: Route) -> None:
    for scope in route.scopes:
        if scope not in identity.scopes:
            raise OutOfScope(out_of_scope(scope))
