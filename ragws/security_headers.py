"""What responses tell browsers: run nothing but our own scripts, show it in nobody's frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from ragws.error_pages import hide_in_page

# What pages of a chat have no use for.
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

        async def answer(request: HttpRequest) -> HttpResponse:
            return _told(request, await get_response(request))

        return answer

    def answer_in_thread(request: HttpRequest) -> HttpResponse:
        return _told(request, get_response(request))

    return answer_in_thread


def _told(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    hide_in_page(response)
    response.headers.setdefault("Content-Security-Policy", content_policy(request, response))
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    return response


def content_policy(request: HttpRequest, response: HttpResponse) -> str:
    """Only what we serve, and no script or style inside a page: what is shown is never run."""
    # Django's error pages for developers have theirs inside; only with DEBUG are there any.
    inside = " 'unsafe-inline'" if settings.DEBUG and response.status_code >= 400 else ""
    rules = {
        "default-src": "'none'",
        "script-src": f"'self'{inside}",
        "style-src": f"'self'{inside}",
        "img-src": "'self' data:",
        # Not every browser counts a socket of the same host as 'self'.
        "connect-src": f"'self'{_socket(request)}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _socket(request: HttpRequest) -> str:
    """Nothing at all for a host that is not ours: what a stranger wrote is no part of a policy."""
    try:
        return f" {'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    except DisallowedHost:
        return ""
