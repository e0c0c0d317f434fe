"""Who is there, by what they came in, and until when that is good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.models import User

Credential = Literal["token", "jwt", "cookie"]


@dataclass(frozen=True, slots=True)
class Identity:
    user: User
    credential: Credential
    # Of an API token only.
    token_id: UUID | None = None
    # Of the login cookie only: the key of its login session, which is as good as the cookie.
    login_session: str | None = field(default=None, repr=False)
    # After this moment the credential is worth nothing; None: it has no end of its own.
    expires_at: datetime | None = None
    # When the API token was last noted as used, before now.
    last_used_at: datetime | None = None
