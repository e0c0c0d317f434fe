"""The restrictions of an API token: scopes, dialogs, origins of pages, and use in URLs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.dialog_directory import dialog_directory
from accounts.models import APIToken, User
from accounts.scopes import ALL_SCOPES, Scope, in_order


@dataclass(frozen=True, slots=True)
class Restrictions:
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


def restrictions_of(token: APIToken) -> Restrictions:
    return Restrictions(
        scopes=frozenset(map(Scope, token.scopes)),
        dialogs=tuple(map(UUID, token.dialogs)),
        origins=tuple(token.origins),
        allow_in_url=token.allow_in_url,
    )


def check_dialogs(user: User, restrictions: Restrictions) -> None:
    if (
        restrictions.dialogs
        and not set(restrictions.dialogs) <= dialog_directory().dialogs_of([user]).keys()
    ):
        raise ValidationError({"dialogs": _("Choose dialogs of the token's user.")})
