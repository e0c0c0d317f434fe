"""A question is let in if its asker has room for one more; what it may take is set aside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from accounts.audit.journal import note_refusal
from accounts.errors import LimitReached
from accounts.identity import Identity
from accounts.limits.gate import ask_question
from accounts.limits.places import Place
from chat.errors import TooMany


@asynccontextmanager
async def admitted(who: Identity) -> AsyncIterator[Place]:
    """If no answer is begun, its place is free again. Raises `TooMany`."""
    try:
        place = await ask_question(who)
    except LimitReached as limit:
        note_refusal(limit, "question")
        raise TooMany(str(limit), **limit.details) from None
    try:
        yield place
    except BaseException:
        await place.leave()
        raise
