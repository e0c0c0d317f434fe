"""Saves growing answers, many at once, and ended ones, with patience for a database in trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from chat.answers import ownership, records
from chat.answers.running_answer import RunningAnswer
from chat.live.answer import Outcome
from core.db_thread import database_sync_to_async

logger = logging.getLogger(__name__)

# Saving is tried again after twice, four times, eight times as long, and so on: 15 seconds in all.
SAVE_ATTEMPTS = 6
RETRY_S = 0.25


async def save_drafts(answers: Sequence[RunningAnswer]) -> set[str]:
    """Saves what is new of the answers that are due.

    Returns the ids of those that another process has ended, or whose session was deleted."""
    now = asyncio.get_running_loop().time()
    due = [running for running in answers if running.is_due(now)]
    return await _save_together(due, now) if due else set()


async def _save_together(due: Sequence[RunningAnswer], now: float) -> set[str]:
    began = ownership.now()
    drafts = [(running, running.size, running.draft(now)) for running in due]
    for running in due:
        running.was_drafted = True
    ended = set()
    try:
        ended = await database_sync_to_async(records.checkpoint)([draft for _, _, draft in drafts])
    except Exception:
        logger.warning("A checkpoint could not be saved", exc_info=True)
    else:
        for running, size, draft in drafts:
            running.note_saved(draft, size, now)
    for running in due:
        running.generation.ownership.checked(began)
    return {answer_id.hex for answer_id in ended}


async def save_ending(running: RunningAnswer, outcome: Outcome) -> records.Recorded:
    """Returns the recorded ending. A database that is locked or out of space gets a few seconds to
    come back."""
    finish = records.finish if running.generation.turn.is_kept else records.finish_unkept
    attempt = 1
    while True:
        try:
            return await database_sync_to_async(finish)(running.finished_text(), outcome)
        except Exception:
            if attempt == SAVE_ATTEMPTS:
                raise
            logger.warning("An answer could not be saved yet", exc_info=True)
            await asyncio.sleep(RETRY_S * 2**attempt)
            attempt += 1
