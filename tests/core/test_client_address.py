"""The address of a client, and the network that counts as one address."""

from typing import Any

import pytest

from core.client_address import address_in_meta, address_in_scope, network_of

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "nonsense"),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, ["198.51.100.1"], "203.0.113.7"),
        (1, ["198.51.100.1"], "198.51.100.1"),
        (1, ["10.9.8.7, 198.51.100.1"], "198.51.100.1"),
        (1, ["10.9.8.7", "198.51.100.1"], "198.51.100.1"),
        (2, ["10.9.8.7, 198.51.100.1, 192.0.2.1"], "198.51.100.1"),
        (2, ["198.51.100.1"], "203.0.113.7"),
        (1, [], "203.0.113.7"),
        (1, ["nonsense"], "203.0.113.7"),
        (1, ["198.51.100.1:4711"], "198.51.100.1"),
        (1, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (1, ["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_a_trusted_proxy_names_the_client(
    settings: Any, proxies: int, forwarded: list[str], address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"client": ("203.0.113.7", 4711), "headers": headers}
    meta = {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": ",".join(forwarded)}
    assert address_in_scope(scope) == address
    assert address_in_meta(meta) == address


def test_a_client_without_a_network_has_no_address() -> None:
    assert address_in_scope({"client": None, "headers": []}) is None
    assert address_in_meta({"REMOTE_ADDR": ""}) is None
