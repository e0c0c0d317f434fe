"""How far an answer has come, as a hub would say it."""

from typing import Any

from chat.models import Message
from chat.records import Draft


def draft(
    answer: Message, content: str, reasoning: str = "", reference: dict[str, Any] | None = None
) -> Draft:
    return Draft(answer.pk, answer.session_id, content, reasoning, reference)
