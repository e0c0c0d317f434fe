"""A client's IP address: that of the peer, or the one that our own proxies forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings

# A client with one IPv6 address has its whole network: RFC 6177 gives homes no less.
IPV6_PREFIX = 64
FORWARDED = b"x-forwarded-for"


def address_in_scope(scope: Mapping[str, Any]) -> str | None:
    client = scope.get("client")
    peer = client[0] if client else None
    if not settings.TRUSTED_PROXIES:
        return peer
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == FORWARDED]
    return behind_proxies(peer, values)


def address_in_meta(meta: Mapping[str, Any]) -> str | None:
    peer = meta.get("REMOTE_ADDR") or None
    if not settings.TRUSTED_PROXIES:
        return peer
    return behind_proxies(peer, [meta.get("HTTP_X_FORWARDED_FOR", "")])


def behind_proxies(peer: str | None, values: Sequence[str]) -> str | None:
    """Each proxy appends the address that its request came from. What stands before that was
    written by the client, and may be anything."""
    addresses = [address.strip() for address in ",".join(values).split(",")]
    count = settings.TRUSTED_PROXIES
    address = _parse(addresses[-count]) if len(addresses) >= count else None
    return str(address) if address else peer


def network_of(address: str) -> str:
    """The network whose addresses count as one client."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed or address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """The address in `text`, behind which some proxies write a port."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens to both versions sees IPv4 as an IPv6 address.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
