"""The event that credentials have changed, and its form as a broadcast message."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from accounts.identity import Identity
from core.broadcast import BroadcastMessage


@dataclass(frozen=True, slots=True)
class CredentialChange:
    """Ids of the users, API tokens, logins and people whose credentials have changed."""

    users: frozenset[UUID] = frozenset()
    tokens: frozenset[UUID] = frozenset()
    logins: frozenset[UUID] = frozenset()
    people: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.users or self.tokens or self.logins or self.people)

    def concerns(self, identity: Identity) -> bool:
        return (
            identity.user.pk in self.users
            or identity.token_id in self.tokens
            or identity.login_id in self.logins
            or identity.person_id in self.people
        )


def to_message(change: CredentialChange) -> BroadcastMessage:
    return {name: [id.hex for id in ids] for name, ids in asdict(change).items()}


def from_message(message: BroadcastMessage) -> CredentialChange:
    fields = CredentialChange.__dataclass_fields__
    return CredentialChange(**{name: frozenset(map(UUID, message[name])) for name in fields})
