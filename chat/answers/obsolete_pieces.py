"""Deletes the pieces of answers that have ended, those of many answers at once."""

from __future__ import annotations

import logging
from uuid import UUID

from chat.answers import pieces
from core.db_thread import database_sync_to_async
from core.tasks import PeriodicTask

logger = logging.getLogger(__name__)

# Seconds. Pieces of answers that grew at the same time lie side by side: deleting those of one
# alone would rewrite a page of the database for each.
DELETE_PIECES_S = 10


class ObsoletePieces:
    """The ended answers of this process whose pieces are not deleted yet."""

    def __init__(self) -> None:
        self._answers: list[UUID] = []
        self._deleting = PeriodicTask(
            self._delete,
            interval_s=lambda: DELETE_PIECES_S,
            is_needed=lambda: bool(self._answers),
            failure="Pieces of ended answers could not be deleted",
        )

    def add(self, answer_id: UUID) -> None:
        self._answers.append(answer_id)
        self._deleting.ensure_running()

    async def close(self) -> None:
        """Deletes what is left. Pieces that stay cost space only, until the server starts again."""
        self._deleting.cancel()
        if not self._answers:
            return
        try:
            await self._delete()
        except Exception:
            logger.warning("Pieces of ended answers are left", exc_info=True)

    async def _delete(self) -> None:
        deleted = tuple(self._answers)
        await database_sync_to_async(pieces.delete)(deleted)
        del self._answers[: len(deleted)]
