"""Drafts of unfinished answers, and whole texts of finished ones, as a hub saves them."""

from __future__ import annotations

from typing import Any

from chat.answers.pieces import Piece
from chat.answers.records import Draft, FinishedText
from chat.models import Message


def draft(
    answer: Message, content: str, reasoning: str = "", reference: dict[str, Any] | None = None
) -> Draft:
    """The first draft: all there is."""
    texts = ((False, content), (True, reasoning))
    new = tuple(Piece(answer.pk, is_reasoning, 0, text) for is_reasoning, text in texts if text)
    return Draft(answer.pk, new, reference)


def finished(answer: Message, content: str, reasoning: str = "") -> FinishedText:
    return FinishedText(answer.pk, answer.session_id, content, reasoning)
