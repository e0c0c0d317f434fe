"""Runs an attacker (`benchmarks.flood_client`) beside a server, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.servers import ROOT, Server

FLOODS = ("handshakes", "messages")
# Seconds until all of the attacker's sockets are open.
LEAD_S = 1


@contextmanager
def flood(name: str, server: Server, token: str) -> Iterator[None]:
    """Without an attacker if `name` is none of FLOODS."""
    if name not in FLOODS:
        yield
        return
    command = [sys.executable, "-m", "benchmarks.flood_client", name, str(server.port), token]
    with subprocess.Popen(command, cwd=ROOT) as attacker:
        try:
            attacker.wait(LEAD_S)
            raise RuntimeError("The attacker ended")
        except subprocess.TimeoutExpired:
            yield
        finally:
            attacker.kill()
