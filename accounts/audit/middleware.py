"""While a request is answered, it is known who sent it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from accounts.audit.actor import Actor, acting, actor_of
from accounts.identity import Identity
from accounts.models import User
from core.client_address import address_in_meta


@sync_and_async_middleware
def actor_middleware(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]:
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponse:
            before = acting.set(partial(_sender, request))
            try:
                response: HttpResponse = await get_response(request)
                return response
            finally:
                acting.reset(before)

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponse:
        before = acting.set(partial(_sender, request))
        try:
            response: HttpResponse = get_response(request)
            return response
        finally:
            acting.reset(before)

    return answer_in_thread


def _sender(request: Any) -> Actor:
    """REST framework leaves the identity in `auth`; pages know a user, who has the login cookie."""
    address = address_in_meta(request.META)
    identity = getattr(request, "auth", None)
    if isinstance(identity, Identity):
        return actor_of(identity, address)
    user = getattr(request, "user", None)
    actor = Actor(address=address or "")
    # Behind a lazy object, which only asked for its type is what it stands for.
    if user is not None and user.is_authenticated and isinstance(user, User):
        return actor_of(Identity(user=user, credential="cookie"), address)
    return actor
