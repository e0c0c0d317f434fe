"""An answer shown on a socket: what there is, sent; then what has come meanwhile, and so on."""

from __future__ import annotations

import asyncio

from django.conf import settings

from chat.frames import frames_of
from chat.live.answer import LiveAnswer, Stage
from chat.outlet import Outlet


async def show(
    answer: LiveAnswer,
    outlet: Outlet,
    *,
    offset: int = 0,
    reasoning_offset: int | None = 0,
    stream: bool = True,
    events: bool = False,
) -> None:
    """From `offset` to the completion frame. While a frame is on its way, text piles up into the
    next one: that is the whole back-pressure. Raises `Conflict` for an impossible offset."""
    frames, send, gap = frames_of(answer), outlet.text, settings.CHUNK_GAP_S
    known: Stage | None = None
    async for progress in answer.follow(offset, reasoning_offset):
        shown = progress if stream else progress.silent()
        for frame in frames.progress(shown, known, events):
            await send(frame)
        known = progress.stage
        if gap:
            await asyncio.sleep(gap)
    if outcome := answer.outcome:
        for frame in frames.ending(outcome) if stream else frames.whole(outcome):
            await send(frame)
