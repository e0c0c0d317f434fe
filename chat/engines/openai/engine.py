"""The openai engine: answers by a model, from any server with OpenAI's chat completions API."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from importlib import import_module

from chat.engines.base import Delta, EngineFailed, Event, Passage, Prompt, Reasoning, Usage
from chat.engines.openai.address_policy import parse_networks
from chat.engines.openai.citations import CitationNormalizer
from chat.engines.openai.completion_chunks import CompletionChunk
from chat.engines.openai.failures import failure_of_finish_reason
from chat.engines.openai.model_settings import ModelSettings, override
from chat.engines.openai.prompting import Message, build_prompt
from chat.engines.openai.split_characters import CharacterJoiner
from chat.engines.openai.thoughts import ThoughtParser

TOO_LONG = (
    "The answer stops here because {what}it reached {limit:,} characters, the most that this server"
    " takes."
)
# Other tasks have their turn after so many characters.
CHARS_PER_TURN = 1000


class OpenAIEngine:
    def __init__(
        self,
        api_key: str = "",
        base_url: str = "https://api.openai.com/v1",
        model: str = "",
        timeout_s: float = 60,
        context_tokens: int = 16_000,
        private_networks: Sequence[str] = (),
        max_line_bytes: int = 1024 * 1024,
        max_answer_chars: int = 400_000,
        max_reasoning_chars: int = 1_000_000,
        max_answer_s: float = 3600,
    ) -> None:
        self._site = ModelSettings(
            model,
            base_url,
            api_key,
            timeout_s,
            context_tokens,
            private_networks=parse_networks(private_networks),
            max_line_bytes=max_line_bytes,
            max_answer_chars=max_answer_chars,
            max_reasoning_chars=max_reasoning_chars,
            max_answer_s=max_answer_s,
        )

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event]:
        if prompt.empty_response and not prompt.passages:
            yield Delta(prompt.empty_response)
            return
        settings = override(self._site, prompt.options)
        built = build_prompt(prompt, settings.prompt_budget)
        answer = ModelAnswer(built.passages, settings)
        failure: EngineFailed | None = None
        try:
            async with aclosing(await ask_model(settings, built.messages)) as chunks:
                async for chunk in chunks:
                    for part in cut(chunk):
                        for event in answer.take(part):
                            yield event
                        if max(len(part.text), len(part.reasoning)) == CHARS_PER_TURN:
                            await asyncio.sleep(0)
                    if failure := answer.too_long():
                        break
        except EngineFailed as error:
            failure = error
        # Withheld text belongs to the answer, however it ended.
        for event in answer.finish():
            yield event
        if failure := failure or answer.failure():
            raise failure


def cut(chunk: CompletionChunk) -> Iterator[CompletionChunk]:
    """The same in chunks that hold up no one else."""
    text, reasoning = chunk.text, chunk.reasoning
    yield replace(chunk, text=text[:CHARS_PER_TURN], reasoning=reasoning[:CHARS_PER_TURN])
    for start in range(CHARS_PER_TURN, max(len(text), len(reasoning)), CHARS_PER_TURN):
        piece = slice(start, start + CHARS_PER_TURN)
        yield CompletionChunk(text=text[piece], reasoning=reasoning[piece])


async def ask_model(
    settings: ModelSettings, messages: Sequence[Message]
) -> AsyncGenerator[CompletionChunk]:
    # In a thread: the first import takes a while, during which other answers are written.
    module = await asyncio.to_thread(import_module, "chat.engines.openai.completion_stream")
    body = {
        "model": settings.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **settings.sampling,
    }
    chunks: AsyncGenerator[CompletionChunk] = module.stream_completion(settings, body)
    return chunks


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
