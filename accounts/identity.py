"""Who is there, by what they came in, and until when that is good."""

from __future__ import annotations

from dataclasses import dataclass
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
    # After this moment the credential is worth nothing; None: it has no end of its own.
    expires_at: datetime | None = None
    # When the API token was last noted as used, before now.
    last_used_at: datetime | None = None
