"""A passage that may answer a question."""

from dataclasses import dataclass

from knowledge.text.sentences import split_sentences

# Of a sentence's length, in characters, that is compared.
MAX_CHARS = 400


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage, with what stands above it: the name of its document and its headings."""

    title: str
    text: str
    # How near its vectors are to the question's, from 0 to 1; 0 if it has none.
    nearness: float = 0.0

    @property
    def whole(self) -> str:
        return f"{self.title}\n{self.text}"

    def sentences(self) -> list[str]:
        return [" ".join(text.split())[:MAX_CHARS] for text in split_sentences(self.text)]
