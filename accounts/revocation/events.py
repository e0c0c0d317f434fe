"""What has changed about who may come in: whom it concerns, also as a ring of the broadcaster."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from accounts.identity import Identity
from core.broadcast import BroadcastMessage


@dataclass(frozen=True, slots=True)
class Change:
    users: frozenset[UUID] = frozenset()
    tokens: frozenset[UUID] = frozenset()
    logins: frozenset[UUID] = frozenset()
    people: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.users or self.tokens or self.logins or self.people)

    def concerns(self, who: Identity) -> bool:
        return (
            who.user.pk in self.users
            or who.token_id in self.tokens
            or who.login_id in self.logins
            or who.person_id in self.people
        )


def to_message(change: Change) -> BroadcastMessage:
    return {name: [id.hex for id in ids] for name, ids in asdict(change).items()}


def from_message(ring: BroadcastMessage) -> Change:
    return Change(
        **{name: frozenset(map(UUID, ring[name])) for name in Change.__dataclass_fields__}
    )
