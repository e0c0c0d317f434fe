"""The dialog that a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError

from accounts.models import User
from chat.models import Dialog

# Of dialogs, in the sentence about one that there is not.
MAX_NAMES = 20


def dialog_named(user: User, wanted: str | None) -> Dialog:
    """By name or id; None: the user's first."""
    dialogs = list(Dialog.objects.filter(owner=user))
    for dialog in dialogs:
        if wanted in (None, dialog.name, dialog.pk.hex, str(dialog.pk)):
            return dialog
    if not wanted:
        raise CommandError(f"{user} has no dialog yet")
    raise CommandError(f"{user} has no such dialog. {_listed(dialogs)}")


def _listed(dialogs: Sequence[Dialog]) -> str:
    if not dialogs:
        return "There is none yet"
    names = ", ".join(repr(dialog.name) for dialog in dialogs[:MAX_NAMES])
    more = len(dialogs) - MAX_NAMES
    return f"There is {names}" + (f" and {more} more" if more > 0 else "")
