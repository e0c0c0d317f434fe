"""Finds conversations by what was asked and answered in them, and by who asked."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from accounts.models import User
from chat.answers import message_terms
from chat.models import ChatSession, Dialog

MAX_WORDS = 8
# Messages that are indexed with a search, if they were not before.
MAX_NEW = 500


def find_conversations(sessions: QuerySet[ChatSession], text: str) -> QuerySet[ChatSession]:
    """Those in which each word occurs, in any of its forms and with other endings, as documents are
    searched. What is in quotation marks has to be there as it is."""
    message_terms.index_some(MAX_NEW)
    for word, is_quoted in words(text):
        said = message_terms.sessions_with(word, as_it_is=is_quoted)
        sessions = sessions.filter(_named(word) | said)
    return sessions


def _named(word: str) -> Q:
    # Joined to the sessions, users and dialogs would be looked through for each of them.
    users = User.objects.filter(username__icontains=word)
    dialogs = Dialog.objects.filter(name__icontains=word).order_by()
    of_its_own = Q(name__icontains=word) | Q(end_user__icontains=word)
    return of_its_own | Q(user__in=users.values("pk")) | Q(dialog__in=dialogs.values("pk"))


def words(text: str) -> list[tuple[str, bool]]:
    """Each with whether it is in quotation marks."""
    return [_unquoted(part) for part in list(smart_split(text))[:MAX_WORDS]]


def _unquoted(part: str) -> tuple[str, bool]:
    if part[0] in "\"'" and part[0] == part[-1] and len(part) > 1:
        return unescape_string_literal(part), True
    return part, False
