"""The openai engine: answers by a model, from any server with OpenAI's chat completions API."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from importlib import import_module

from chat.engines.base import Delta, EngineFailed, Event, Prompt, Rewritten
from chat.engines.http.address_policy import parse_networks
from chat.engines.openai.completion_chunks import CompletionChunk
from chat.engines.openai.model_answer import ModelAnswer
from chat.engines.openai.model_settings import ModelSettings, override
from chat.engines.openai.prompting import Message, build_prompt
from chat.engines.openai.rewriting import rewrite

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
        rewrite_timeout_s: float = 5,
    ) -> None:
        self._rewrite_timeout_s = rewrite_timeout_s
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

    async def rewrite(self, prompt: Prompt) -> Rewritten:
        """Nothing if the dialog's settings are wrong, too: the answer will say so."""
        try:
            settings = override(self._site, prompt.options)
        except EngineFailed:
            return Rewritten()
        return await rewrite(settings, prompt, ask_model, self._rewrite_timeout_s)


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
