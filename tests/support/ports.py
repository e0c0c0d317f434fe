"""Free ports for servers that tests stop and start again on the same port."""

from __future__ import annotations

import os
import socket
from itertools import cycle
from random import SystemRandom

# Each pytest-xdist worker (gw0, gw1, …) has its own ports: otherwise another worker could take the
# port of a server that is stopped for a while.
MAX_WORKERS = 16
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % MAX_WORKERS
# Below the ephemeral range. In it, a client that connects to a closed port may get the same port
# for its own end, and then the port is taken.
PORTS = range(12_000 + WORKER, 32_000, MAX_WORKERS)
# Each comes once before any comes again: a port that was given out may be bound only later.
IN_TURN = cycle(SystemRandom().sample(PORTS, len(PORTS)))


def free_port() -> int:
    while True:
        port = next(IN_TURN)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
