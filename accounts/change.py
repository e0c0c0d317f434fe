"""What has changed about who may come in: whom it concerns, also as a ring of the doorbell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from accounts.identity import Identity
from doorbell import Ring


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


def as_ring(change: Change) -> Ring:
    return {name: [id.hex for id in ids] for name, ids in asdict(change).items()}


def read_ring(ring: Ring) -> Change:
    return Change(
        **{name: frozenset(map(UUID, ring[name])) for name in Change.__dataclass_fields__}
    )
