"""Answers by a model, from any server that speaks OpenAI's chat API."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from importlib import import_module

from chat.engines.base import Delta, EngineFailed, Event, Passage, Prompt, Reasoning, Usage
from chat.engines.openai.chunks import Piece
from chat.engines.openai.citations import Citations
from chat.engines.openai.failures import ended
from chat.engines.openai.options import ModelSettings, override
from chat.engines.openai.prompting import Message, converse
from chat.engines.openai.thinking import Thoughts


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
        conversation = converse(prompt, settings.budget)
        answer = ModelAnswer(conversation.passages)
        failure: EngineFailed | None = None
        try:
            async with aclosing(await ask_model(settings, conversation.messages)) as pieces:
                async for piece in pieces:
                    for event in answer.take(piece):
                        yield event
        except EngineFailed as error:
            failure = error
        # What was held back belongs to the answer, however it ended.
        for event in answer.finish():
            yield event
        if failure := failure or answer.shortcoming():
            raise failure


async def ask_model(settings: ModelSettings, messages: Sequence[Message]) -> AsyncGenerator[Piece]:
    # In a thread, since other answers are being written during the second this takes at first.
    wire = await asyncio.to_thread(import_module, "chat.engines.openai.http_client")
    body = {
        "model": settings.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **settings.sampling,
    }
    pieces: AsyncGenerator[Piece] = wire.ask(settings, body)
    return pieces


class ModelAnswer:
    """What the model sends, made into events."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._thoughts = Thoughts()
        self._citations = Citations([f"{passage.title}\n{passage.text}" for passage in passages])
        self._usage: Usage | None = None
        self._finish_reason = ""
        self._said_something = False

    def take(self, piece: Piece) -> Iterator[Event]:
        self._usage = piece.usage or self._usage
        self._finish_reason = piece.finish_reason or self._finish_reason
        if piece.reasoning:
            yield Reasoning(piece.reasoning)
        if piece.text:
            yield from self._cite(self._thoughts.feed(piece.text))

    def finish(self) -> Iterator[Event]:
        yield from self._cite(self._thoughts.finish())
        yield from self._say(self._citations.finish())
        if self._usage:
            yield self._usage

    def shortcoming(self) -> EngineFailed | None:
        """Why this is less than an answer, though the server sent all it had."""
        if failure := ended(self._finish_reason):
            return failure
        return None if self._said_something else EngineFailed("The model gave no answer.")

    def _cite(self, events: Sequence[Delta | Reasoning]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Delta):
                yield from self._say(self._citations.feed(event.text))
            else:
                yield event

    def _say(self, text: str) -> Iterator[Event]:
        if text:
            self._said_something = True
            yield Delta(text)
