"""Who is there, by what they came in, what they may do, and until when that is good."""

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
    # Of an API token, or of what was made from one.
    token_id: UUID | None = None
    # Of that token, to recognise it by.
    hint: str = ""
    # Of a login JWT, or of what was made from one.
    login_id: UUID | None = None
    # Who came by a mini program, as `end_user` of whoever opened a dialog to them.
    person_id: UUID | None = None
    # Of the login cookie only: the row of its login session.
    login_session: str | None = field(default=None, repr=False)
    scopes: frozenset[Scope] = ALL_SCOPES
    # The only dialogs it is for; None: all of the user's.
    dialogs: frozenset[UUID] | None = None
    # Whom the user's program lets in, under a name of its own choosing; empty: the user in person.
    end_user: str = ""
    # The only pages it is for; empty: it does not matter where it is used.
    origins: frozenset[Origin] = frozenset()
    allow_in_url: bool = True
    # After this moment the credential is worth nothing; None: it has no end of its own.
    expires_at: datetime | None = None
    # Where they come from, if they come by a network: the client's, behind proxies that we trust.
    address: str | None = None
    # When the API token was last noted as used, before now.
    last_used_at: datetime | None = None

    def at(self, address: str | None) -> Identity:
        """The same, come from there."""
        return self if address == self.address else replace(self, address=address)
