"""Middleware that makes the sender of a request the current actor of the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from accounts.audit.actor import Actor, actor_getter, actor_of
from accounts.identity import Identity
from accounts.models import User
from core.client_address import address_in_meta


@sync_and_async_middleware
def actor_middleware(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]:
    if iscoroutinefunction(get_response):

        async def respond(request: HttpRequest) -> HttpResponse:
            previous = actor_getter.set(partial(_sender, request))
            try:
                response: HttpResponse = await get_response(request)
                return response
            finally:
                actor_getter.reset(previous)

        return respond

    def respond_sync(request: HttpRequest) -> HttpResponse:
        previous = actor_getter.set(partial(_sender, request))
        try:
            response: HttpResponse = get_response(request)
            return response
        finally:
            actor_getter.reset(previous)

    return respond_sync


def _sender(request: Any) -> Actor:
    """REST requests have an identity in `auth`; pages have a user, by the login cookie."""
    address = address_in_meta(request.META)
    identity = getattr(request, "auth", None)
    if isinstance(identity, Identity):
        return actor_of(identity, address)
    user = getattr(request, "user", None)
    actor = Actor(address=address or "")
    # `request.user` is a lazy object: `isinstance` sees the user behind it.
    if user is not None and user.is_authenticated and isinstance(user, User):
        return actor_of(Identity(user=user, credential="cookie"), address)
    return actor
