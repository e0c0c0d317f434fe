"""Turns the chunks of a completion into the events of an answer."""

from collections.abc import Iterator, Sequence

from chat.engines.base import Delta, EngineFailed, Event, Passage, Reasoning, Usage
from chat.engines.http.failures import failure_of_finish_reason
from chat.engines.http.split_characters import CharacterJoiner
from chat.engines.openai.citations import CitationNormalizer
from chat.engines.openai.completion_chunks import CompletionChunk
from chat.engines.openai.model_settings import ModelSettings
from chat.engines.thoughts import ThoughtParser

TOO_LONG = (
    "The answer stops here because {what}it reached {limit:,} characters, the most that this server"
    " takes."
)


class ModelAnswer:
    """Turns the chunks of one completion into events."""

    def __init__(self, passages: Sequence[Passage], settings: ModelSettings) -> None:
        self._settings = settings
        self._thoughts = ThoughtParser(settings.begins_in_thought)
        self._text, self._reasoning = CharacterJoiner(), CharacterJoiner()
        self._citations = CitationNormalizer(
            [f"{passage.title}\n{passage.text}" for passage in passages]
        )
        self._usage: Usage | None = None
        self._finish_reason = ""
        self._answer_chars = self._reasoning_chars = 0

    def take(self, chunk: CompletionChunk) -> Iterator[Event]:
        self._usage = chunk.usage or self._usage
        self._finish_reason = chunk.finish_reason or self._finish_reason
        if reasoning := self._reasoning.feed(chunk.reasoning):
            self._thoughts.expect_answer()
            yield from self._take_reasoning(reasoning)
        if text := self._text.feed(chunk.text):
            yield from self._cite(self._thoughts.feed(text))

    def finish(self) -> Iterator[Event]:
        if reasoning := self._reasoning.finish():
            yield from self._take_reasoning(reasoning)
        if text := self._text.finish():
            yield from self._cite(self._thoughts.feed(text))
        yield from self._cite(self._thoughts.finish())
        yield from self._delta(self._citations.finish())
        if self._usage:
            yield self._usage

    def too_long(self) -> EngineFailed | None:
        settings = self._settings
        if self._answer_chars >= settings.max_answer_chars:
            return EngineFailed(TOO_LONG.format(what="", limit=settings.max_answer_chars))
        if self._reasoning_chars >= settings.max_reasoning_chars:
            return EngineFailed(
                TOO_LONG.format(what="the reasoning before ", limit=settings.max_reasoning_chars)
            )
        return None

    def failure(self) -> EngineFailed | None:
        """Why the answer is incomplete, though the server ended the stream regularly."""
        if failure := failure_of_finish_reason(self._finish_reason):
            return failure
        return None if self._answer_chars else EngineFailed("The model gave no answer.")

    def _cite(self, events: Sequence[Delta | Reasoning]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Delta):
                yield from self._delta(self._citations.feed(event.text))
            else:
                yield from self._take_reasoning(event.text)

    def _take_reasoning(self, text: str) -> Iterator[Event]:
        text = text[: self._settings.max_reasoning_chars - self._reasoning_chars]
        if text:
            self._reasoning_chars += len(text)
            yield Reasoning(text)

    def _delta(self, text: str) -> Iterator[Event]:
        text = text[: self._settings.max_answer_chars - self._answer_chars]
        if text:
            self._answer_chars += len(text)
            yield Delta(text)
