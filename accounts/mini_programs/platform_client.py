"""Sends one request to a platform. Errors never contain its URL, which has the secret."""

from __future__ import annotations

import json
import logging
import ssl
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import httpx
from django.conf import settings

from accounts.mini_programs.errors import Busy, PlatformFailed

logger = logging.getLogger(__name__)

# Each request occupies a thread while it waits.
_slots = BoundedSemaphore(32)


def fetch(method: str, url: str, **sent: Any) -> dict[str, Any]:
    """The JSON object of the response. `sent` are arguments of httpx: `params`, `json`."""
    if not _slots.acquire(blocking=False):
        raise Busy("Too many are logging in at this moment; try again")
    try:
        response = _request(method, url, **sent)
    finally:
        _slots.release()
    if isinstance(answer := _read(response.content), dict):
        return answer
    logger.warning("%s answers %s, and no JSON object", _host(url), response.status_code)
    raise PlatformFailed("The platform's answer makes no sense; try again later")


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _request(method: str, url: str, **sent: Any) -> httpx.Response:
    timeout = settings.MINI_PROGRAM_TIMEOUT_S
    try:
        with httpx.Client(verify=_ssl_context(), timeout=timeout) as client:
            return client.request(method, url, **sent)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning("%s cannot be asked: %s", _host(url), type(error).__name__)
        raise PlatformFailed("The platform cannot be reached; try again later") from None


@cache
def _ssl_context() -> ssl.SSLContext:
    """Created once: reading the certificates takes longer than the request."""
    return httpx.create_ssl_context()


def _host(url: str) -> str:
    return url.split("/")[2]
