"""`reencrypt`: the keys of model servers, encrypted with the present `SECRET_KEY`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from chat.models import Dialog
from core.commands import ExampleCommand
from core.counting import counted
from core.encryption import Undecryptable, encrypt_anew


class Command(ExampleCommand):
    help = "Encrypts the keys of dialogs' model servers with the present SECRET_KEY."
    examples = ("reencrypt",)

    def handle(self, *_: Any, **__: Any) -> str:
        count, unreadable = 0, []
        for dialog in Dialog.objects.exclude(encrypted_model_key=""):
            before = dialog.encrypted_model_key
            try:
                after = encrypt_anew(before)
            except Undecryptable:
                unreadable.append(dialog.name)
                continue
            # A key that is entered meanwhile stays.
            unchanged = Dialog.objects.filter(pk=dialog.pk, encrypted_model_key=before)
            count += unchanged.update(encrypted_model_key=after)
        if unreadable:
            raise CommandError(
                f"Encrypted {count} anew; these dialogs have keys that no SECRET_KEY opens, enter"
                f" them again: {', '.join(unreadable)}"
            )
        return f"Done! Encrypted the keys of {counted(count, 'dialog')}"
