"""The identity behind a socket or a request: the user, the credential, and what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.models import User
from accounts.origins import Origin
from accounts.scopes import ALL_SCOPES, Scope

Credential = Literal["token", "jwt", "ticket", "cookie", "shell"]


@dataclass(frozen=True, slots=True)
class Identity:
    user: User
    credential: Credential
    # The API token, or the one that a ticket was made from.
    token_id: UUID | None = None
    # To recognise that token by.
    hint: str = ""
    # The login of a JWT, or the one that a ticket was made from.
    login_id: UUID | None = None
    # The user of a mini program, who is an `end_user` of the owner of an open dialog.
    person_id: UUID | None = None
    # The row of the login session, for the login cookie only.
    login_session: str | None = field(default=None, repr=False)
    scopes: frozenset[Scope] = ALL_SCOPES
    # The only dialogs it may use; None: all of the user's.
    dialogs: frozenset[UUID] | None = None
    # An end user of the user's program, under a name the program chose; empty: the user in person.
    end_user: str = ""
    # The only origins of pages it may be used from; empty: any page, and programs.
    origins: frozenset[Origin] = frozenset()
    allow_in_url: bool = True
    # When the credential expires; None: never.
    expires_at: datetime | None = None
    # The client's address, behind trusted proxies; None for commands and Unix sockets.
    address: str | None = None
    # When the API token's use was last recorded, before now.
    last_used_at: datetime | None = None

    def with_address(self, address: str | None) -> Identity:
        return self if address == self.address else replace(self, address=address)
