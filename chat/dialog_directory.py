"""Tells `accounts` about dialogs, without an import from there to here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from accounts.models import User
from chat.answers import sessions
from chat.models import Dialog


class ChatDialogDirectory:
    """Implements `accounts.dialog_directory.DialogDirectory`."""

    def dialogs_of(self, users: Iterable[User]) -> dict[UUID, str]:
        dialogs = Dialog.objects.filter(owner__in=users).select_related("owner")
        return {dialog.pk: f"{dialog.name} ({dialog.owner})" for dialog in dialogs}

    def owners_of_open_dialogs(self, dialog_id: UUID | None = None) -> list[UUID]:
        dialogs = Dialog.objects.filter(for_mini_programs=True, owner__is_active=True)
        if dialog_id:
            dialogs = dialogs.filter(pk=dialog_id)
        return list(dialogs.order_by("owner").values_list("owner", flat=True).distinct())

    def hand_over(self, old: str, new: str, users: Collection[UUID]) -> None:
        sessions.hand_over(old, new, users)
