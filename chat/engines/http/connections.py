"""Connections to servers that engines ask: HTTP/1.1, without redirects, cookies and decoding.

By `httpcore`, which with its TLS takes some tenths of a second to import and set up, so this is
imported with the first question.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import httpcore
import httpx

from chat.engines.http.address_policy import PORTS, Network, is_allowed
from core.version import VERSION

CONNECT_S = 10.0
# For the next answer of the same server.
KEPT_CONNECTIONS = 100
KEPT_S = 30.0

TLS = httpx.create_ssl_context()

Pool = httpcore.AsyncConnectionPool
PoolKey = tuple[asyncio.AbstractEventLoop, str, tuple[Network, ...] | None]


class ForbiddenAddress(Exception):
    """The address of a dialog's own server is none that it may have."""


class Server(Protocol):
    """Where a server is, and which addresses it may have there."""

    @property
    def base_url(self) -> str: ...

    @property
    def is_trusted(self) -> bool:
        """Whether it is the operator's own, so that its address is not checked."""

    @property
    def private_networks(self) -> tuple[Network, ...]:
        """Where others may be beside public addresses."""


async def send(
    server: Server,
    method: str,
    target: str,
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes = b"",
) -> httpcore.Response:
    """Sends a request, and returns the response before its body is read."""
    parts = urlsplit(server.base_url)
    request = httpcore.Request(
        method,
        httpcore.URL(
            scheme=parts.scheme.encode(),
            host=_host(server.base_url),
            port=parts.port,
            target=target.encode(),
        ),
        headers=[*_headers(server.base_url, len(body)), *headers],
        content=body,
        extensions={"timeout": {"connect": CONNECT_S}},
    )
    pool = await _pool(server)
    return await pool.handle_async_request(request)


def target_of(path: str, query: str = "") -> str:
    """What a request asks for, with all that has to be escaped."""
    target = quote(path, safe="/%:@!$&'()*+,;=~-._")
    return f"{target}?{quote(query, safe='/%:@!$&()*+,;=~-._?[]')}" if query else target


def _host(base_url: str) -> bytes:
    host = urlsplit(base_url).hostname or ""
    return host.encode() if host.isascii() else host.encode("idna")


def _headers(base_url: str, length: int) -> list[tuple[bytes, bytes]]:
    parts = urlsplit(base_url)
    host = _host(base_url)
    if b":" in host:
        host = b"[" + host + b"]"
    if parts.port and parts.port != PORTS[parts.scheme]:
        host += b":%d" % parts.port
    return [
        (b"Host", host),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"%d" % length),
        (b"Accept", b"text/event-stream, application/json"),
        # Compressed, a small answer could become a huge one.
        (b"Accept-Encoding", b"identity"),
        (b"User-Agent", f"ragws/{VERSION}".encode()),
    ]


# One pool of connections for each event loop, proxy and policy.
_pools: dict[PoolKey, tuple[Pool, AsyncGenerator[Pool]]] = {}


async def _pool(server: Server) -> Pool:
    proxy = _proxy(server.base_url)
    private = None if server.is_trusted else server.private_networks
    if proxy and private is not None:
        await _check_names_address(server.base_url, private)
    key = (asyncio.get_running_loop(), proxy, private)
    if key not in _pools:
        opening = _open_pool(key)
        _pools[key] = (await anext(opening), opening)
    return _pools[key][0]


async def _open_pool(key: PoolKey) -> AsyncGenerator[Pool]:
    """Yields one pool, which is closed with its event loop: a loop that ends closes its
    generators."""
    _, proxy, private = key
    pool = Pool(
        ssl_context=TLS,
        proxy=_httpcore_proxy(proxy) if proxy else None,
        max_connections=None,
        max_keepalive_connections=KEPT_CONNECTIONS,
        keepalive_expiry=KEPT_S,
        network_backend=None if proxy or private is None else PolicyBackend(private),
    )
    try:
        yield pool
    finally:
        del _pools[key]
        await pool.aclose()


def _proxy(base_url: str) -> str:
    """The proxy that the environment names for this address, as for other programs."""
    parts = urlsplit(base_url)
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all", "")
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _httpcore_proxy(url: str) -> httpcore.Proxy:
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise httpcore.ProxyError(f"A proxy by {parts.scheme} is not supported")
    auth = (parts.username or "", parts.password or "") if parts.username else None
    port = f":{parts.port}" if parts.port else ""
    return httpcore.Proxy(f"{parts.scheme}://{parts.hostname}{port}", auth=auth)


async def _check_names_address(base_url: str, private: Sequence[Network]) -> None:
    """The proxy connects, so this is all that can be checked. A name that is unknown here may be
    known to the proxy."""
    parts = urlsplit(base_url)
    try:
        found = await _addresses(parts.hostname or "", parts.port or PORTS[parts.scheme])
    except OSError:
        return
    if not any(is_allowed(address, private) for address in found):
        raise ForbiddenAddress


class PolicyBackend(httpcore.AsyncNetworkBackend):
    """Connects to allowed addresses only. What is checked is what is connected to, so a name that
    changes its address in between gains nothing."""

    def __init__(self, private: Sequence[Network]) -> None:
        self._private = private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                found = await _addresses(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError:
            raise httpcore.ConnectError("The name is not known") from None
        allowed = [address for address in found if is_allowed(address, self._private)]
        if not allowed:
            raise ForbiddenAddress
        *others, last = allowed
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))
