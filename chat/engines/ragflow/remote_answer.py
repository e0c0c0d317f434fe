"""Turns the events of a completion into the events of an answer."""

from collections.abc import Iterable, Iterator, Sequence

from chat.engines.base import Delta, EngineFailed, Event, Reasoning, Source, Sources, Usage
from chat.engines.citation_markers import Marker, MarkerScanner
from chat.engines.http.split_characters import CharacterJoiner
from chat.engines.ragflow.chat_events import ChatEvent
from chat.engines.ragflow.dialects import AnswerText
from chat.engines.ragflow.failures import NO_ANSWER, failure_of_model
from chat.engines.ragflow.failures_in_text import FailureScanner
from chat.engines.ragflow.remote_settings import RemoteSettings

TOO_LONG = (
    "The answer stops here because {what}it reached {limit:,} characters, the most that this server"
    " takes."
)


class RemoteAnswer:
    def __init__(self, settings: RemoteSettings) -> None:
        self._settings = settings
        self.text = AnswerText()
        self._failures = FailureScanner()
        self._markers = MarkerScanner()
        self._characters, self._thought_characters = CharacterJoiner(), CharacterJoiner()
        self._sources: Sequence[Source] = ()
        self._usage: Usage | None = None
        self._failure = ""
        self._answer_chars = self._reasoning_chars = 0

    def take(self, event: ChatEvent) -> Iterator[Event]:
        self._sources = event.sources or self._sources
        self._usage = event.usage or self._usage
        yield from self._shown(self.text.take(event))

    def finish(self) -> Iterator[Event]:
        yield from self._shown(self.text.finish())
        if rest := self._characters.finish():
            yield from self._delta(self._failures.feed(rest))
        text, self._failure = self._failures.finish()
        yield from self._delta(text)
        yield from self._delta_of_markers([self._markers.finish()])
        if self._sources:
            yield Sources(self._sources)
        if self._usage:
            yield self._usage

    def too_long(self) -> EngineFailed | None:
        settings = self._settings
        if self._answer_chars >= settings.max_answer_chars:
            return EngineFailed(TOO_LONG.format(what="", limit=settings.max_answer_chars))
        if self._reasoning_chars >= settings.max_reasoning_chars:
            limit = settings.max_reasoning_chars
            return EngineFailed(TOO_LONG.format(what="the reasoning before ", limit=limit))
        return None

    def failure(self) -> EngineFailed | None:
        """Why there is no answer, or no whole one, though RAGFlow ended the stream regularly."""
        if self._failure:
            return failure_of_model(self._failure)
        return None if self._answer_chars else EngineFailed(NO_ANSWER)

    def _shown(self, pieces: Iterable[Delta | Reasoning]) -> Iterator[Event]:
        for piece in pieces:
            if isinstance(piece, Delta):
                yield from self._delta(self._failures.feed(self._characters.feed(piece.text)))
            else:
                yield from self._reasoning(self._thought_characters.feed(piece.text))

    def _delta(self, text: str) -> Iterator[Event]:
        """One spelling of citations, as pages and clients look for it."""
        yield from self._delta_of_markers(self._markers.feed(text))

    def _delta_of_markers(self, parts: Iterable[str | Marker]) -> Iterator[Event]:
        text = "".join(
            "".join(f"[ID:{n}]" for n in part.numbers) if isinstance(part, Marker) else part
            for part in parts
        )
        if text := text[: self._settings.max_answer_chars - self._answer_chars]:
            self._answer_chars += len(text)
            yield Delta(text)

    def _reasoning(self, text: str) -> Iterator[Event]:
        if text := text[: self._settings.max_reasoning_chars - self._reasoning_chars]:
            self._reasoning_chars += len(text)
            yield Reasoning(text)
