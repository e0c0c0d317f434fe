"""ASGI middleware that authenticates sockets, and the HTTP requests that are served like them: it
puts the identity into the scope, or refuses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import channels.db
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import parse_cookie

from accounts.api_tokens.tokens import needs_use_recorded, record_use
from accounts.audit.actor import actor_getter, actor_of, unknown_actor
from accounts.audit.record import record, record_refusal
from accounts.authenticate import authenticate, check_presentation
from accounts.credentials import Credentials, read_credentials
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.limits import check
from accounts.models import Action
from accounts.origins import is_trusted
from accounts.revocation.broadcast import listen_for_credential_changes
from accounts.revocation.identity_cache import identity_cache
from core.client_address import address_in_scope
from core.db_thread import database_sync_to_async
from core.error_reporting import RETRY_S
from core.errors import AppError, Unavailable
from core.outage import is_away

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# The headers that authentication needs. The others are not decoded, to save time in each handshake.
CREDENTIAL_HEADERS = frozenset(
    {b"authorization", b"cookie", b"host", b"origin", b"sec-fetch-site", b"x-forwarded-proto"}
)


class IdentityMiddleware:
    """`inner` finds `scope["identity"]`; `refuse` finds the exception in `scope["refusal"]`."""

    def __init__(self, inner: App, refuse: App) -> None:
        self.inner = inner
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listen_for_credential_changes()
        address = address_in_scope(scope)
        credentials, cached = _cached_identity(scope)
        try:
            if cached:
                identity = cached.with_address(address)
                lease = await check.check_and_lease_socket(identity)
            else:
                await check.check_handshake(address)
                credentials = credentials or credentials_in(scope)
                identity = await _look_up(credentials, address)
                lease = await check.lease_socket(identity)
        except AppError as refusal:
            record_refusal(refusal, scope["path"], unknown_actor(credentials, address))
            if isinstance(refusal, NotAuthenticated):
                await check.count_failed_handshake(address)
            await self.refuse({**scope, "refusal": refusal}, receive, send)
            return
        scope = {**scope, "identity": identity}
        # Each socket is a task of its own, and so has a context of its own.
        actor = actor_of(identity, address)
        actor_getter.set(lambda: actor)
        if scope["type"] == "websocket":
            record(Action.CONNECT, scope["path"])
        try:
            if cached or not needs_use_recorded(identity):
                await self.inner(scope, receive, send)
            else:
                async with _recording_use(identity):
                    await self.inner(scope, receive, send)
        finally:
            await lease.release()


def _cached_identity(scope: Scope) -> tuple[Credentials | None, Identity | None]:
    """The credentials and the cached identity. On an error neither: the lookup raises it again."""
    try:
        credentials = credentials_in(scope)
        secret = credentials.only
        identity = identity_cache.get(secret) if secret else None
        if secret and identity:
            check_presentation(secret, identity, credentials)
    except AppError:
        return None, None
    return credentials, identity


async def _look_up(credentials: Credentials, address: str | None) -> Identity:
    while True:
        version = identity_cache.version
        try:
            found = await database_sync_to_async(authenticate)(credentials)
        except (DatabaseError, InterfaceError) as error:
            if not is_away(error):
                raise
            logger.error("Credentials cannot be looked up", exc_info=True)
            sentence = "The database cannot be reached: try again soon"
            raise Unavailable(sentence, retry_after=RETRY_S) from error
        # Otherwise this credential may have been revoked meanwhile: look again.
        if version == identity_cache.version:
            break
    identity = found.with_address(address)
    if credentials.only:
        identity_cache.put(credentials.only, identity, version)
    return identity


@asynccontextmanager
async def _recording_use(identity: Identity) -> AsyncIterator[None]:
    """While the socket is served, and in another thread: the write may have to wait for a lock."""
    record_in_thread = channels.db.database_sync_to_async(record_use, thread_sensitive=False)
    recording = asyncio.create_task(record_in_thread(identity, identity.address))
    try:
        yield
    finally:
        await recording


def credentials_in(scope: Scope) -> Credentials:
    headers: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        if name in CREDENTIAL_HEADERS:
            headers.setdefault(name, []).append(value.decode("latin-1"))
    if settings.HTTPS and not _is_over_tls(headers.get(b"x-forwarded-proto", [])):
        secure, bare = ("wss", "ws") if scope["type"] == "websocket" else ("https", "http")
        sentence = f"Use {secure}:// here: over {bare}:// credentials can be read on the way"
        raise NotAuthenticated(sentence)
    cookies = parse_cookie("; ".join(headers[b"cookie"])) if b"cookie" in headers else {}
    needs_trust = bool(cookies) or settings.CLOSED_ORIGINS
    trusted = needs_trust and _is_from_trusted_page(headers)
    return read_credentials(
        headers.get(b"authorization", []),
        scope["query_string"].decode("latin-1"),
        scope.get("subprotocols", ()),
        # Two origins are joined to a text that is no valid origin, and so match none.
        origin=", ".join(headers[b"origin"]) if b"origin" in headers else None,
        origin_trusted=trusted,
        login_session=cookies.get(settings.SESSION_COOKIE_NAME),
        login_session_trusted=trusted,
    )


def _is_over_tls(forwarded: list[str]) -> bool:
    """The first of several proxies counts, as in Django."""
    return len(forwarded) == 1 and forwarded[0].split(",")[0].strip() == "https"


def _is_from_trusted_page(headers: dict[bytes, list[str]]) -> bool:
    """Browsers send no `Origin` when a page reads from its own host, but `Sec-Fetch-Site`, which
    no page can set."""
    if b"origin" not in headers:
        return headers.get(b"sec-fetch-site") == ["same-origin"]
    match headers[b"origin"], headers.get(b"host"):
        case [origin], [host]:
            return is_trusted(origin, host)
    return False
