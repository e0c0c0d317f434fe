"""A question is let in if its asker has room for one more; what it may take is set aside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from accounts.audit.record import record_refusal
from accounts.errors import LimitReached
from accounts.identity import Identity
from accounts.limits.check import take_question
from accounts.limits.leases import Place


@asynccontextmanager
async def admitted(who: Identity) -> AsyncIterator[Place]:
    """If no answer is begun, its place is free again. Raises `LimitReached`."""
    try:
        place = await take_question(who)
    except LimitReached as limit:
        record_refusal(limit, "question")
        raise
    try:
        yield place
    except BaseException:
        await place.leave()
        raise
