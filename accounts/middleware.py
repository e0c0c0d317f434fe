"""The door for sockets: puts `identity` into the scope, or hands over to whoever says no."""

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
from accounts.audit.actor import acting, actor_of, stranger
from accounts.audit.record import record, record_refusal
from accounts.authenticate import authenticate, check_presentation
from accounts.credentials import Credentials, read_credentials
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.limits import check
from accounts.models import Action
from accounts.origins import is_trusted
from accounts.revocation.broadcast import listen_for_credential_changes
from accounts.revocation.identity_cache import memory
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

# The headers that say who it is. All others are left unread: there are many, and many connects.
TELLING = frozenset({b"authorization", b"cookie", b"host", b"origin", b"x-forwarded-proto"})


class IdentityMiddleware:
    """`inner` finds `scope["identity"]`; `refuse` finds the exception in `scope["refusal"]`."""

    def __init__(self, inner: App, refuse: App) -> None:
        self.inner = inner
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listen_for_credential_changes()
        address = address_in_scope(scope)
        credentials, known = _recalled(scope)
        try:
            if known:
                identity = known.at(address)
                lease = await check.check_and_lease_socket(identity)
            else:
                await check.check_handshake(address)
                credentials = credentials or credentials_in(scope)
                identity = await _look_up(credentials, address)
                lease = await check.lease_socket(identity)
        except AppError as refusal:
            record_refusal(refusal, scope["path"], stranger(credentials, address))
            if isinstance(refusal, NotAuthenticated):
                await check.count_failed_handshake(address)
            await self.refuse({**scope, "refusal": refusal}, receive, send)
            return
        scope = {**scope, "identity": identity}
        # Each socket is a task of its own: whatever happens in it is of this one's doing.
        actor = actor_of(identity, address)
        acting.set(lambda: actor)
        record(Action.CONNECT, scope["path"])
        try:
            if known or not needs_use_recorded(identity):
                await self.inner(scope, receive, send)
            else:
                async with _recording_use(identity):
                    await self.inner(scope, receive, send)
        finally:
            await lease.release()


def _recalled(scope: Scope) -> tuple[Credentials | None, Identity | None]:
    """Whose it is, if that need not be looked up. If something is wrong, whoever looks says so."""
    try:
        credentials = credentials_in(scope)
        secret = credentials.only
        identity = memory.recall(secret) if secret else None
        if secret and identity:
            check_presentation(secret, identity, credentials)
    except AppError:
        return None, None
    return credentials, identity


async def _look_up(credentials: Credentials, address: str | None) -> Identity:
    while True:
        changes = memory.changes
        try:
            found = await database_sync_to_async(authenticate)(credentials)
        except (DatabaseError, InterfaceError) as error:
            if not is_away(error):
                raise
            logger.error("Nobody can be looked up", exc_info=True)
            sentence = "The database cannot be reached: try again soon"
            raise Unavailable(sentence, retry_after=RETRY_S) from error
        # If something was revoked meanwhile, it may have been this: nobody tells us again.
        if changes == memory.changes:
            break
    identity = found.at(address)
    if credentials.only:
        memory.remember(credentials.only, identity, changes)
    return identity


@asynccontextmanager
async def _recording_use(identity: Identity) -> AsyncIterator[None]:
    """Beside the conversation and in a thread of its own: writing may have to wait for a lock."""
    note = channels.db.database_sync_to_async(record_use, thread_sensitive=False)
    noting = asyncio.create_task(note(identity, identity.address))
    try:
        yield
    finally:
        await noting


def credentials_in(scope: Scope) -> Credentials:
    headers: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        if name in TELLING:
            headers.setdefault(name, []).append(value.decode("latin-1"))
    if settings.HTTPS and not _came_by_tls(headers.get(b"x-forwarded-proto", [])):
        raise NotAuthenticated("Use wss:// here: over ws:// credentials can be read on the way")
    cookies = parse_cookie("; ".join(headers[b"cookie"])) if b"cookie" in headers else {}
    matters = bool(cookies) or settings.CLOSED_ORIGINS
    trusted = matters and _comes_from_our_page(headers)
    return read_credentials(
        headers.get(b"authorization", []),
        scope["query_string"].decode("latin-1"),
        scope.get("subprotocols", ()),
        # Of two, none is right: together they are no origin.
        origin=", ".join(headers[b"origin"]) if b"origin" in headers else None,
        origin_trusted=trusted,
        login_session=cookies.get(settings.SESSION_COOKIE_NAME),
        login_session_trusted=trusted,
    )


def _came_by_tls(said: list[str]) -> bool:
    """Of several proxies the first one, as Django understands it for pages."""
    return len(said) == 1 and said[0].split(",")[0].strip() == "https"


def _comes_from_our_page(headers: dict[bytes, list[str]]) -> bool:
    match headers.get(b"origin"), headers.get(b"host"):
        case [origin], [host]:
            return is_trusted(origin, host)
    return False
