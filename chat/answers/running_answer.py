"""An answer that grows in this process: when it is saved, and what is saved of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from django.conf import settings

from accounts.identity import Identity
from accounts.limits.leases import Lease
from chat.answers import records
from chat.answers.generation import Generation
from chat.answers.pieces import Piece
from chat.engines.base import EngineFailed
from chat.errors import Interrupted
from chat.live.answer import Outcome, Status
from core import error_reporting

# Seconds. At least that often each answer is saved, so that it does not look abandoned.
HEARTBEAT_S = 2
# A sign of life costs as much as a second's text: not every save is one.
SIGN_OF_LIFE_S = 1.5


@dataclass(slots=True)
class RunningAnswer:
    generation: Generation
    generating: asyncio.Task[None]
    lease: Lease | None = None
    # Who asked, to stop it if their credential is revoked.
    identity: Identity | None = None
    finishing: asyncio.Task[None] | None = None
    # Its status if `generating` is cancelled.
    cancelled_as: Status = Status.STOPPED
    # How much of text and reasoning is saved, in bytes.
    saved: tuple[int, int] = (0, 0)
    saved_at: float = 0.0
    # When a sign of life was saved last.
    signed_at: float = 0.0
    is_reference_saved: bool = False
    # Whether a save was begun.
    was_drafted: bool = False
    unwatched_since: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        return self.generation.live.text.size, self.generation.live.reasoning.size

    def is_due(self, now: float) -> bool:
        if not self.generation.turn.is_kept:
            return False
        if self.generation.ownership.is_in_doubt():
            return True
        is_text_due = self.size != self.saved and now - self.saved_at >= settings.CHECKPOINT_S
        return is_text_due or now - self.signed_at >= HEARTBEAT_S

    def draft(self, now: float) -> records.Draft:
        """What is new since the last save."""
        is_sign_of_life = (
            now - self.signed_at >= SIGN_OF_LIFE_S or self.generation.ownership.is_in_doubt()
        )
        generation, live = self.generation, self.generation.live
        answer_id = generation.turn.answer_id
        is_reference_new = generation.retrieved is not None and not self.is_reference_saved
        return records.Draft(
            answer_id,
            tuple(
                Piece(answer_id, is_reasoning, start, text.since(start))
                for is_reasoning, text, start in zip(
                    (False, True), (live.text, live.reasoning), self.saved, strict=True
                )
                if text.size > start
            ),
            generation.reference() if is_reference_new else None,
            is_sign_of_life,
        )

    def note_saved(self, draft: records.Draft, size: tuple[int, int], at: float) -> None:
        """`size` is what the answer had when the draft was made, `at` when that was."""
        self.saved, self.saved_at = size, at
        self.signed_at = at if draft.is_sign_of_life else self.signed_at
        self.is_reference_saved |= draft.reference is not None

    def finished_text(self) -> records.FinishedText:
        turn, live = self.generation.turn, self.generation.live
        return records.FinishedText(
            turn.answer_id,
            turn.session_id,
            str(live.text),
            str(live.reasoning),
            turn.token_id,
            self.generation.searched_question,
        )

    def outcome(self) -> Outcome:
        """How it ended, once `generating` is done."""
        if self.generating.cancelled():
            if self.generation.is_whole:
                return self.generation.outcome(Status.COMPLETE)
            if self.cancelled_as is not Status.INTERRUPTED:
                return self.generation.outcome(self.cancelled_as)
            return self.generation.outcome(Status.INTERRUPTED, Interrupted(records.INTERRUPTED))
        match self.generating.exception():
            case None:
                return self.generation.outcome(Status.COMPLETE)
            case EngineFailed() as error:
                return self.generation.outcome(Status.FAILED, error)
            case error:
                return self.generation.outcome(Status.FAILED, error_reporting.report(error))
