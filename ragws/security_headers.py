"""Middleware for response headers: content policy, permissions, and what may be cached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from ragws.error_pages import redact_error_page

# Browser features that no page here uses.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone"),
        *("midi", "payment", "publickey-credentials-get", "serial", "usb", "xr-spatial-tracking"),
    )
)


@sync_and_async_middleware
def security_headers(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]:
    if iscoroutinefunction(get_response):

        async def async_middleware(request: HttpRequest) -> HttpResponse:
            return _with_headers(request, await get_response(request))

        return async_middleware

    def sync_middleware(request: HttpRequest) -> HttpResponse:
        return _with_headers(request, get_response(request))

    return sync_middleware


def _with_headers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    redact_error_page(response)
    response.headers.setdefault("Content-Security-Policy", content_policy(request, response))
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    # Nearly all of it is private. Static files say for themselves how long they may be kept.
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def content_policy(request: HttpRequest, response: HttpResponse) -> str:
    """Only what we serve, and no inline script or style: text that is shown is never run."""
    # Django's error pages for developers, which exist with DEBUG only, have inline ones.
    inline = " 'unsafe-inline'" if settings.DEBUG and response.status_code >= 400 else ""
    rules = {
        "default-src": "'none'",
        "script-src": f"'self'{inline}",
        "style-src": f"'self'{inline}",
        "img-src": "'self' data:",
        # Not every browser counts a socket of the same host as 'self'.
        "connect-src": f"'self'{_websocket_origin(request)}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _websocket_origin(request: HttpRequest) -> str:
    """Empty for a host that is not ours: a forged `Host` header must not get into a policy."""
    try:
        return f" {'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    except DisallowedHost:
        return ""
