"""Stops the answers whose credential is revoked, or whose user is blocked or deactivated.

Logging out and a new password stop none: they end what may be asked, not what was asked before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from accounts.identity import Identity
from accounts.revocation.credential_validity import BLOCKED, NOT_ACTIVE, REVOKED
from accounts.revocation.socket_monitor import socket_monitor

REASONS = frozenset({BLOCKED, NOT_ACTIVE, REVOKED})


@contextmanager
def stopping_if_revoked(identity: Identity | None, stop: Callable[[], None]) -> Iterator[None]:
    """While an answer of this identity is being written."""
    if identity is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def close_in(_seconds: float, reason: str) -> None:
        if reason in REASONS:
            loop.call_soon(stop)

    with socket_monitor().monitoring(identity, close_in):
        yield
