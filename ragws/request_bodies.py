"""Decides how large the body of a request may be before it is read: little from strangers, and
uploads only from those who have a credential and are within their limits."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import parse_cookie

from accounts.audit.actor import unknown_actor
from accounts.audit.record import record_refusal
from accounts.authenticate import find_identity
from accounts.credentials import Credentials, read_credentials
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.limits import check
from accounts.middleware import App, Receive, Scope, Send
from accounts.origins import is_trusted
from core.client_address import address_in_scope, network_of
from core.db_thread import database_sync_to_async
from core.errors import AppError, TooLarge, TooManyRequests
from ragws.url_prefix import path_in_site

# Enough for every form and request that needs no credential.
ANONYMOUS_BYTES = 64 * 1024
UPLOADS = re.compile(
    r"(?:/ragflow(?:-[0-9.]{4})?)?/api/v1/(?:files|datasets/[0-9a-fA-F-]+/documents)/?"
    r"|/ragflow-[0-9.]{4}/(?:v1/document/upload_info|api/v1/documents/upload)"
    r"|/admin/knowledge/knowledgebase/[0-9a-f-]+/upload/"
)
UPLOADS_AT_ONCE = 4
# How long the rest of a refused body is taken, unread: a client that is still sending would see its
# connection reset instead of the response.
LINGER_S = 1
# In the extensions of a scope: the server has asked `admit` itself.
IS_ADMITTED = "ragws.body_is_admitted"

# Those that are arriving in this process, by address and by user.
_arriving: Counter[Hashable] = Counter()


class Admission:
    """A body that may arrive, and what it counts for meanwhile."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._keys: list[Hashable] = []

    def take(self, key: Hashable, limit: int, sentence: str) -> None:
        if limit and _arriving[key] >= limit:
            self.release()
            raise TooManyRequests(sentence, retry_after=1)
        _arriving[key] += 1
        self._keys.append(key)

    def release(self) -> None:
        """May be called more than once."""
        while self._keys:
            key = self._keys.pop()
            _arriving[key] -= 1
            if not _arriving[key]:
                del _arriving[key]


def declared_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """None for a body in chunks, which does not say its size."""
    size = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length" and value.isdigit():
            size = int(value)
    return size


async def admit(scope: Scope, declared: int | None) -> Admission:
    """Raises AppError if the body is not to be read."""
    address = address_in_scope(scope)
    is_upload = UPLOADS.fullmatch(path_in_site(scope["path"])) is not None
    identity, max_bytes = None, ANONYMOUS_BYTES
    if is_upload or declared is None or declared > ANONYMOUS_BYTES:
        identity = await _identify(scope, address)
    if identity:
        max_bytes = settings.MAX_UPLOAD_BYTES if is_upload else settings.MAX_REQUEST_BYTES
    elif is_upload:
        raise NotAuthenticated("Uploads need a credential")
    if declared is not None and declared > max_bytes:
        raise too_large(max_bytes)
    admission = Admission(max_bytes)
    if address:
        admission.take(
            network_of(address),
            settings.ADDRESS_BODIES_AT_ONCE,
            "Too many requests from this address are arriving",
        )
    if identity and is_upload:
        admission.take(identity.user.pk, UPLOADS_AT_ONCE, "Too many uploads at once")
    return admission


def too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"This request may have {max_bytes} bytes at most")


async def _identify(scope: Scope, address: str | None) -> Identity | None:
    credentials = None
    try:
        await check.check_handshake(address)
        credentials = _credentials_in(scope)
        return await database_sync_to_async(find_identity)(credentials)
    except AppError as refusal:
        record_refusal(refusal, scope["path"], unknown_actor(credentials, address))
        if isinstance(refusal, NotAuthenticated):
            await check.count_failed_handshake(address)
        raise


def _credentials_in(scope: Scope) -> Credentials:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    is_trusted_origin = origin is not None and is_trusted(origin, headers.get(b"host", ""))
    cookies = parse_cookie(headers.get(b"cookie", ""))
    return read_credentials(
        [headers[b"authorization"]] if b"authorization" in headers else [],
        scope["query_string"].decode("latin-1"),
        origin=origin,
        origin_trusted=is_trusted_origin,
        login_session=cookies.get(settings.SESSION_COOKIE_NAME),
        login_session_trusted=origin is None or is_trusted_origin,
    )


def with_limited_bodies(app: App) -> App:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        declared = declared_bytes(scope["headers"])
        if declared == 0 or IS_ADMITTED in scope.get("extensions", {}):
            await app(scope, receive, send)
            return
        try:
            admission = await admit(scope, declared)
        except AppError as refusal:
            await _refuse(receive, send, refusal)
            return
        body = LimitedBody(receive, admission)
        try:
            await app(scope, body.receive, send)
        finally:
            admission.release()
        if body.is_too_large:
            await _refuse(receive, send, too_large(admission.max_bytes))

    return application


class LimitedBody:
    """For the application, a client whose body is too large has left."""

    def __init__(self, receive: Receive, admission: Admission) -> None:
        self._receive = receive
        self._admission = admission
        self._size = 0
        self.is_too_large = False

    async def receive(self) -> Any:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self.is_too_large = self._size > self._admission.max_bytes
        if not message.get("more_body"):
            self._admission.release()
        return {"type": "http.disconnect"} if self.is_too_large else message


def refusal_response(refusal: AppError) -> tuple[HTTPStatus, dict[str, str], bytes]:
    status = HTTPStatus(refusal.code)
    body = {"code": int(status), "message": str(refusal), "data": refusal.details}
    content = json.dumps(body).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(content)),
        "cache-control": "no-store",
        "connection": "close",
    }
    if "retry_after" in refusal.details:
        headers["retry-after"] = str(refusal.details["retry_after"])
    return status, headers, content


async def _refuse(receive: Receive, send: Send, refusal: AppError) -> None:
    status, headers, content = refusal_response(refusal)
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": encoded})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    try:
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body"):
                pass
    except TimeoutError:
        pass
    await send({"type": "http.response.body"})
