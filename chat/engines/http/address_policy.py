"""Decides which addresses a dialog's own model server may have.

Who makes a dialog need not be who runs this server: without a policy, a dialog could reach what
only this machine can. The operator's own `OPENAI_BASE_URL` is trusted.
"""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Refused whatever the settings say: link-local, where clouds hand out credentials, and the other
# addresses where they do.
NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            *("169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "192.0.0.192/32"),
            *("168.63.129.16/32", "fd00:ec2::/32", "fd20:ce::254/128"),
        ),
    )
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


def is_allowed(address: str, private: Sequence[Network] = ()) -> bool:
    """`private`: the networks that the operator allows beside public addresses."""
    try:
        found: Address = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if any(found in network for network in NEVER if network.version == found.version):
        return False
    if found.is_unspecified or found.is_multicast:
        return False
    if any(found in network for network in private if network.version == found.version):
        return True
    return found.is_global and not found.is_reserved and not _is_site_local(found)


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Raises `ValueError` for what is no network."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def names_forbidden_address(url: str, private: Sequence[Network]) -> bool:
    """Whether it can be seen without asking for the name's address that it is not allowed."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return not is_allowed("127.0.0.1", private)
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not is_allowed(host, private)


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _unwrap(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, which some routers translate back."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if inner is None and int(address) >> 32 == 0 and int(address) > 1:
        inner = ipaddress.IPv4Address(int(address))
    return inner or address


def _is_site_local(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_site_local
