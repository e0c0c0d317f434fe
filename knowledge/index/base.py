"""What a full-text index of the chunks does, whatever database it lives in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: in these knowledge bases, as far as they are the owner's."""

    owner_id: UUID
    kb_ids: Sequence[UUID]
    # If there are any: in no other documents.
    doc_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many chunks the knowledge bases hold, and how many of them each term is in."""

    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that has some of the terms, with all of its own."""

    rowid: int
    terms: str
    title_terms: str


class Index(Protocol):
    def install(self) -> None:
        """Make what is missing of the index. Called after every `migrate`."""

    def frequencies(self, terms: Sequence[str], scope: Scope) -> Frequencies: ...

    def candidates(self, worth: Mapping[str, float], scope: Scope, limit: int) -> list[Candidate]:
        """Chunks that have any of the terms, the more promising first. `worth` is what each term
        counts, for an index that does not reckon that itself."""
