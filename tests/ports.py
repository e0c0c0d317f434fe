"""Ports for servers that go away and come back."""

from __future__ import annotations

import socket
from random import SystemRandom

# Below those the kernel hands out. In that range, a client that connects to a port nobody listens
# on may get the same one for itself, and then it is taken.
PORTS = range(12_000, 32_000)


def free_port() -> int:
    while True:
        port = SystemRandom().choice(PORTS)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
