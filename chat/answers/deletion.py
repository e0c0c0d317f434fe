"""Deletes conversations and dialogs by query, a few at a time, however many there are."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit.record import record, row_label
from accounts.models import Action
from chat.answers import attachments
from chat.models import ChatSession, Dialog

BATCH = 200


def delete_sessions(sessions: QuerySet[ChatSession], is_recorded: bool = True) -> int:
    """With all that was said in them. Returns how many."""
    count = 0
    with transaction.atomic():
        rows = sessions.select_related(None).order_by("pk").only("pk")
        while batch := list(rows[:BATCH]):
            for session in batch if is_recorded else ():
                record(Action.DELETE, row_label(session))
            attachments.delete_sessions(batch)
            count += len(batch)
    return count


def delete_dialogs(dialogs: QuerySet[Dialog]) -> int:
    """With their conversations. Returns how many."""
    count = 0
    with transaction.atomic():
        while batch := list(dialogs.order_by("pk").only("pk")[:BATCH]):
            delete_sessions(ChatSession.objects.filter(dialog__in=batch), is_recorded=False)
            for dialog in batch:
                record(Action.DELETE, row_label(dialog))
            Dialog.objects.filter(pk__in=[dialog.pk for dialog in batch]).delete()
            count += len(batch)
    return count
