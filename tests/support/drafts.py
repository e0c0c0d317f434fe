"""Drafts of unfinished answers, as a hub saves them."""

from typing import Any

from chat.answers.records import Draft
from chat.models import Message


def draft(
    answer: Message, content: str, reasoning: str = "", reference: dict[str, Any] | None = None
) -> Draft:
    return Draft(answer.pk, answer.session_id, content, reasoning, reference)
