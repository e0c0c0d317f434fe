"""Admits a question if the limits of its asker allow one more; what it may use is leased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from accounts.audit.record import record_refusal
from accounts.errors import LimitReached
from accounts.identity import Identity
from accounts.limits.check import lease_answer
from accounts.limits.leases import Lease


@asynccontextmanager
async def admit(identity: Identity) -> AsyncIterator[Lease]:
    """If no answer is begun, the lease is released. Raises `LimitReached`."""
    try:
        lease = await lease_answer(identity)
    except LimitReached as limit:
        record_refusal(limit, "question")
        raise
    try:
        yield lease
    except BaseException:
        await lease.release()
        raise
