"""The interface by which `accounts` asks about dialogs, which belong to the `chat` app above it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol
from uuid import UUID

from accounts.models import User


class DialogDirectory(Protocol):
    """Implemented by `chat`, which registers it with `use_directory`."""

    def dialogs_of(self, users: Iterable[User]) -> dict[UUID, str]:
        """The dialogs that their API tokens can be restricted to, with the names to show."""

    def owners_of_open_dialogs(self, dialog_id: UUID | None = None) -> list[UUID]:
        """The owners of the dialogs (or of this one) that are open to mini programs."""

    def hand_over(self, old: str, new: str, users: Collection[UUID]) -> None:
        """Give all that belongs to the end user `old` of these users to the end user `new`."""


_registered: list[DialogDirectory] = []


def use_directory(directory: DialogDirectory) -> None:
    _registered[:] = [directory]


def dialog_directory() -> DialogDirectory:
    return _registered[0]
