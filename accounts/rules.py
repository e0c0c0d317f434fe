"""What an API token is restricted to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import APIToken, User
from accounts.scopes import ALL_SCOPES, Scope, in_order


@dataclass(frozen=True, slots=True)
class Rules:
    """Without any, a token can do all that its user can."""

    scopes: frozenset[Scope] = ALL_SCOPES
    # Empty: all dialogs of the user.
    dialogs: tuple[UUID, ...] = ()
    # Empty: any page, and programs that are no page.
    origins: tuple[str, ...] = ()
    allow_in_url: bool = True

    def as_fields(self) -> dict[str, Any]:
        return {
            "scopes": in_order(self.scopes),
            "dialogs": [id.hex for id in self.dialogs],
            "origins": list(self.origins),
            "allow_in_url": self.allow_in_url,
        }


def rules_of(token: APIToken) -> Rules:
    return Rules(
        scopes=frozenset(map(Scope, token.scopes)),
        dialogs=tuple(map(UUID, token.dialogs)),
        origins=tuple(token.origins),
        allow_in_url=token.allow_in_url,
    )


def dialogs_of(users: Iterable[User]) -> dict[UUID, str]:
    """Dialogs a token can be restricted to, with their names. The floor above has them."""
    found: dict[UUID, str] = import_string(settings.DIALOGS_OF)(users)
    return found


def owners_of_open_dialogs(dialog: UUID | None = None) -> list[UUID]:
    """Whose dialogs, or this one, those who come by a mini program may ask."""
    found: list[UUID] = import_string(settings.OWNERS_OF_OPEN_DIALOGS)(dialog)
    return found


def check_dialogs(user: User, rules: Rules) -> None:
    if rules.dialogs and not set(rules.dialogs) <= dialogs_of([user]).keys():
        raise ValidationError({"dialogs": _("Choose dialogs of the token's user.")})
