"""A search result: a chunk, its source, and how similar it is to the question."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    id: UUID
    text: str
    document_id: UUID
    document_name: str
    # None: the chunk is from a file that was sent with the question.
    knowledge_base_id: UUID | None
    # Heading path, page or sheet.
    place: str
    # All from 0 to 1. The first is what a dialog's threshold is compared with.
    similarity: float
    term_similarity: float
    vector_similarity: float
