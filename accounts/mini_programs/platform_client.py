"""Sends one request to a platform. Errors never contain its URL, which has the secret."""

from __future__ import annotations

import asyncio
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

# Of a body; the platforms send some hundred.
MAX_BYTES = 64 * 1024
HEADERS = {"Accept-Encoding": "identity"}
# Each request occupies a thread while it waits.
_slots = BoundedSemaphore(32)


def fetch(method: str, url: str, **sent: Any) -> dict[str, Any]:
    """The JSON object of the response. `sent` are arguments of httpx: `params`, `json`."""
    if not _slots.acquire(blocking=False):
        raise Busy("Too many are logging in at this moment; try again")
    try:
        status, content = asyncio.run(_request(method, url, sent))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        logger.warning("%s cannot be asked: %s", _host(url), type(error).__name__)
        raise PlatformFailed("The platform cannot be reached; try again later") from None
    finally:
        _slots.release()
    if isinstance(answer := _read(content), dict):
        return answer
    logger.warning("%s answers %s, and no JSON object", _host(url), status)
    raise PlatformFailed("The platform's answer makes no sense; try again later")


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


async def _request(method: str, url: str, sent: dict[str, Any]) -> tuple[int, bytes]:
    """The status, and at most `MAX_BYTES` of the body. Asynchronous, because only so can there be
    one deadline for everything: the time-outs of httpx begin anew with each byte."""
    timeout = settings.MINI_PROGRAM_TIMEOUT_S
    async with (
        asyncio.timeout(timeout),
        httpx.AsyncClient(verify=_ssl_context(), timeout=timeout) as client,
        client.stream(method, url, headers=HEADERS, **sent) as response,
    ):
        content = bytearray()
        # Raw, so that nothing grows by being decompressed.
        async for part in response.aiter_raw():
            content += part
            if len(content) > MAX_BYTES:
                return response.status_code, b""
        return response.status_code, bytes(content)


@cache
def _ssl_context() -> ssl.SSLContext:
    """Created once: reading the certificates takes longer than the request."""
    return httpx.create_ssl_context()


def _host(url: str) -> str:
    return url.split("/")[2]
