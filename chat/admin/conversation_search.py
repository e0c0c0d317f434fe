"""Finds conversations by what was asked and answered in them, and by who asked."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from chat.models import ChatSession, Message

MAX_WORDS = 8
OF_THE_CONVERSATION = ("name", "user__username", "end_user", "dialog__name")


def find_conversations(sessions: QuerySet[ChatSession], text: str) -> QuerySet[ChatSession]:
    """Those in which each word occurs, also within a longer one: Chinese has no spaces. What is in
    quotation marks counts as one word. Every message is looked through, which is linear."""
    for word in words(text):
        named = Q(
            *((f"{field}__icontains", word) for field in OF_THE_CONVERSATION), _connector=Q.OR
        )
        said = Message.objects.filter(session=OuterRef("pk"), content__icontains=word).order_by()
        sessions = sessions.filter(named | Exists(said))
    return sessions


def words(text: str) -> list[str]:
    parts = list(smart_split(text))[:MAX_WORDS]
    return [
        unescape_string_literal(part)
        if part[0] in "\"'" and part[0] == part[-1] and len(part) > 1
        else part
        for part in parts
    ]
