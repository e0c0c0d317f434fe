"""The openai engine: answers by a model, from any server with OpenAI's chat completions API."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from importlib import import_module

from chat.engines.base import Delta, EngineFailed, Event, Passage, Prompt, Reasoning, Usage
from chat.engines.openai.citations import CitationNormalizer
from chat.engines.openai.completion_chunks import CompletionChunk
from chat.engines.openai.failures import failure_of_finish_reason
from chat.engines.openai.model_settings import ModelSettings, override
from chat.engines.openai.prompting import Message, build_prompt
from chat.engines.openai.think_tags import ThinkTagParser


class OpenAIEngine:
    def __init__(
        self,
        api_key: str = "",
        base_url: str = "https://api.openai.com/v1",
        model: str = "",
        timeout_s: float = 60,
        context_tokens: int = 16_000,
    ) -> None:
        self._site = ModelSettings(model, base_url, api_key, timeout_s, context_tokens)

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event]:
        if prompt.empty_response and not prompt.passages:
            yield Delta(prompt.empty_response)
            return
        settings = override(self._site, prompt.options)
        built = build_prompt(prompt, settings.prompt_budget)
        answer = ModelAnswer(built.passages)
        failure: EngineFailed | None = None
        try:
            async with aclosing(await ask_model(settings, built.messages)) as chunks:
                async for chunk in chunks:
                    for event in answer.take(chunk):
                        yield event
        except EngineFailed as error:
            failure = error
        # Withheld text belongs to the answer, however it ended.
        for event in answer.finish():
            yield event
        if failure := failure or answer.failure():
            raise failure


async def ask_model(
    settings: ModelSettings, messages: Sequence[Message]
) -> AsyncGenerator[CompletionChunk]:
    # In a thread: the first import takes a second, during which other answers are written.
    http_client = await asyncio.to_thread(import_module, "chat.engines.openai.http_client")
    body = {
        "model": settings.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **settings.sampling,
    }
    chunks: AsyncGenerator[CompletionChunk] = http_client.stream_completion(settings, body)
    return chunks


class ModelAnswer:
    """Turns the chunks of one completion into events."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._think_tags = ThinkTagParser()
        self._citations = CitationNormalizer(
            [f"{passage.title}\n{passage.text}" for passage in passages]
        )
        self._usage: Usage | None = None
        self._finish_reason = ""
        self._has_text = False

    def take(self, chunk: CompletionChunk) -> Iterator[Event]:
        self._usage = chunk.usage or self._usage
        self._finish_reason = chunk.finish_reason or self._finish_reason
        if chunk.reasoning:
            yield Reasoning(chunk.reasoning)
        if chunk.text:
            yield from self._cite(self._think_tags.feed(chunk.text))

    def finish(self) -> Iterator[Event]:
        yield from self._cite(self._think_tags.finish())
        yield from self._delta(self._citations.finish())
        if self._usage:
            yield self._usage

    def failure(self) -> EngineFailed | None:
        """Why the answer is incomplete, though the server ended the stream regularly."""
        if failure := failure_of_finish_reason(self._finish_reason):
            return failure
        return None if self._has_text else EngineFailed("The model gave no answer.")

    def _cite(self, events: Sequence[Delta | Reasoning]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Delta):
                yield from self._delta(self._citations.feed(event.text))
            else:
                yield event

    def _delta(self, text: str) -> Iterator[Event]:
        if text:
            self._has_text = True
            yield Delta(text)
