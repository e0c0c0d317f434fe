"""Gives each HTTP request an id: in the header `X-Request-Id`, and in every log line about it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from core.log_context import log_context

HEADER = "X-Request-Id"


@sync_and_async_middleware
def request_ids(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]:
    """Never the id that a client sends: it could be any text, and that of another request."""
    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> HttpResponse:
            request_id = secrets.token_hex(8)
            with log_context(f"request {request_id}"):
                response: HttpResponse = await get_response(request)
            response.headers[HEADER] = request_id
            return response

        return respond_async

    def respond(request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(8)
        with log_context(f"request {request_id}"):
            response: HttpResponse = get_response(request)
        response.headers[HEADER] = request_id
        return response

    return respond
