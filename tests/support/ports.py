"""Ports for servers that go away and come back."""

from __future__ import annotations

import os
import socket
from random import SystemRandom

# Tests that run side by side have each their own: a server that is away for a while shall not find
# somebody else's in its place. pytest-xdist numbers its workers: gw0, gw1, …
MAX_WORKERS = 16
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % MAX_WORKERS
# Below those the kernel hands out. In that range, a client that connects to a port nobody listens
# on may get the same one for itself, and then it is taken.
PORTS = range(12_000 + WORKER, 32_000, MAX_WORKERS)


def free_port() -> int:
    while True:
        port = SystemRandom().choice(PORTS)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
