"""The interface of a full-text index over the chunks, whatever database it is in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SearchScope:
    """Which chunks to search: those of these knowledge bases, as far as the owner has them."""

    owner_id: UUID
    kb_ids: Sequence[UUID]
    # If there are any: only in these documents.
    doc_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that has some of the question's terms, with all its own terms."""

    rowid: int
    terms: str
    title_terms: str


class Index(Protocol):
    # Whether it finds the chunks that have two terms faster than all those that have one of them.
    finds_pairs: bool

    def install(self) -> None:
        """Creates what is missing of the index. Called after every `migrate`."""

    def counts(self, terms: Sequence[str], scope: SearchScope) -> Mapping[str, int]:
        """How many chunks have each term; those that no chunk has may be left out."""

    def candidates(
        self,
        weights: Mapping[str, float],
        scope: SearchScope,
        limit: int,
        in_pairs: Mapping[str, float] | None = None,
    ) -> list[Candidate]:
        """Chunks that have any of the terms, the more promising first. `weights` are those of the
        terms, for an index that does not compute its own. If it finds pairs: also those that have
        two of the terms `in_pairs`."""
