"""The dialog that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import User
from chat.models import Dialog


def dialog_named(user: User, wanted: str | None) -> Dialog:
    """By name or id; None: the user's first."""
    for dialog in Dialog.objects.filter(owner=user):
        if wanted in (None, dialog.name, dialog.pk.hex, str(dialog.pk)):
            return dialog
    raise CommandError(f"{user} has no such dialog" if wanted else f"{user} has no dialog yet")
