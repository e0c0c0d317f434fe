"""The door for sockets: puts `identity` into the scope, or hands over to whoever says no."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import parse_cookie

from accounts.authenticate import authenticate
from accounts.credentials import Credentials, read_explicit
from accounts.errors import AccountError
from accounts.identity import Identity
from accounts.origins import is_trusted
from accounts.tokens import needs_note, note_use

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class IdentityMiddleware:
    """`inner` finds `scope["identity"]`; `refuse` finds the exception in `scope["refusal"]`."""

    def __init__(self, inner: App, refuse: App) -> None:
        self.inner = inner
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            credentials = read_credentials(scope)
            identity = await database_sync_to_async(authenticate)(credentials)
        except AccountError as refusal:
            await self.refuse({**scope, "refusal": refusal}, receive, send)
            return
        noting = asyncio.create_task(_note(identity))
        try:
            await self.inner({**scope, "identity": identity}, receive, send)
        finally:
            await noting


def read_credentials(scope: Scope) -> Credentials:
    headers: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name, []).append(value.decode("latin-1"))
    cookies = parse_cookie("; ".join(headers.get(b"cookie", [])))
    return Credentials(
        explicit=read_explicit(
            headers.get(b"authorization", []), scope["query_string"].decode("latin-1")
        ),
        login_session=cookies.get(settings.SESSION_COOKIE_NAME),
        login_session_trusted=_comes_from_our_page(headers),
    )


def _comes_from_our_page(headers: dict[bytes, list[str]]) -> bool:
    match headers.get(b"origin"), headers.get(b"host"):
        case [origin], [host]:
            return is_trusted(origin, host)
    return False


async def _note(identity: Identity) -> None:
    """Beside the conversation and in a thread of its own: writing may have to wait for a lock."""
    if needs_note(identity):
        await database_sync_to_async(note_use, thread_sensitive=False)(identity)
