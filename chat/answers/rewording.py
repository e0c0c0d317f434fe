"""Says a question in the words of the documents, where they lack its own."""

from __future__ import annotations

from chat.answers.kind_retrieval import KindSearch
from chat.answers.turn_search import evidence_of, frequencies_of
from chat.questions.wording import reworded
from knowledge.text.analysis import STOP_STEMS, fold, stem

# Of a longer one there are other words.
MAX_CHARS = 300


def in_words_of_documents(found: KindSearch) -> str:
    """The question as the documents would say it; empty if it is that already."""
    turn, question = found.turn, found.question
    if len(question) > MAX_CHARS:
        return ""
    counts = {**frequencies_of(turn, question).counts}

    def count(words: str) -> int:
        """How many passages have the last of the words."""
        term = stem(fold(words).replace("-", " ").rpartition(" ")[2])
        if term not in counts and term not in STOP_STEMS:
            counts[term] = (
                0 if words in question else frequencies_of(turn, words).counts.get(term, 0)
            )
        return counts.get(term, 1)

    def texts() -> list[str]:
        headings = {heading for place in found.places for heading in place.path}
        return [*headings, *(evidence_of(chunk).whole for chunk in found.likely)]

    said = reworded(question, count, texts)
    return said if said != question else ""
