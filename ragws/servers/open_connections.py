"""Counts the connections of each address to this process: one address may not have all of them."""

from __future__ import annotations

from collections import Counter

from django.conf import settings

from core.client_address import network_of


class OpenConnections:
    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, address: str | None) -> bool:
        """Whether it may stay. `remove` is to be called in either case."""
        if not address:
            return True
        network = network_of(address)
        self._counts[network] += 1
        # Behind a proxy, all have its address.
        limit = 0 if settings.TRUSTED_PROXIES else settings.ADDRESS_CONNECTIONS
        return not limit or self._counts[network] <= limit

    def remove(self, address: str | None) -> None:
        if address:
            network = network_of(address)
            self._counts[network] -= 1
            if not self._counts[network]:
                del self._counts[network]


open_connections = OpenConnections()
