"""A passage that may answer a question."""

from dataclasses import dataclass

from knowledge.text.places import first_heading
from knowledge.text.sentences import split_sentences

# Of a sentence's length, in characters, that is compared.
MAX_CHARS = 400


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage, with what stands above it: the name of its document and its headings."""

    document: str
    text: str
    # Its headings, as one line; empty if it has none.
    place: str = ""
    # How near its vectors are to the question's, from 0 to 1; 0 if it has none.
    nearness: float = 0.0
    # How well its words fit, from 0 to 1.
    similarity: float = 0.0

    @property
    def title(self) -> str:
        return f"{self.document} {self.place}"

    @property
    def heading(self) -> str:
        return self.place or self.document

    @property
    def subject(self) -> str:
        """What the document is about."""
        return first_heading(self.place) or self.document

    @property
    def whole(self) -> str:
        return f"{self.title}\n{self.text}"

    def sentences(self) -> list[str]:
        return [" ".join(text.split())[:MAX_CHARS] for text in split_sentences(self.text)]
