"""The ragflow engine: a gateway to a chat of a remote RAGFlow, which searches and answers."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from importlib import import_module

from chat.engines.base import EngineFailed, Event, Prompt, SessionElsewhere
from chat.engines.http.address_policy import parse_networks
from chat.engines.ragflow import remote_settings
from chat.engines.ragflow.chat_events import ChatEvent
from chat.engines.ragflow.remote_answer import RemoteAnswer
from chat.engines.ragflow.remote_settings import RemoteSettings, override


class RAGFlowEngine:
    searches_elsewhere = True
    option_names = tuple(remote_settings.RULES)

    def __init__(
        self,
        api_key: str = "",
        base_url: str = "",
        timeout_s: float = 120,
        private_networks: Sequence[str] = (),
        max_line_bytes: int = 1024 * 1024,
        max_answer_chars: int = 400_000,
        max_reasoning_chars: int = 1_000_000,
        max_answer_s: float = 3600,
    ) -> None:
        self._site = RemoteSettings(
            base_url,
            api_key,
            chat_id="",
            timeout_s=timeout_s,
            private_networks=parse_networks(private_networks),
            max_line_bytes=max_line_bytes,
            max_answer_chars=max_answer_chars,
            max_reasoning_chars=max_reasoning_chars,
            max_answer_s=max_answer_s,
        )

    @staticmethod
    def check_options(options: Mapping[str, object]) -> list[str]:
        return remote_settings.check_options(options)

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event]:
        settings = override(self._site, prompt.options)
        answer = RemoteAnswer(settings)
        failure: EngineFailed | None = None
        try:
            async with aclosing(await _converse(settings, prompt)) as events:
                async for event in events:
                    if isinstance(event, SessionElsewhere):
                        yield event
                        continue
                    for part in answer.take(event):
                        yield part
                    if failure := answer.too_long():
                        break
        except EngineFailed as error:
            failure = error
        # Withheld text belongs to the answer, however it ended.
        for part in answer.finish():
            yield part
        if failure := failure or answer.failure():
            raise failure

    async def try_question(self, prompt: Prompt) -> str:
        """As `check_ragflow` does it: first the address and the key, then the chat."""
        settings = override(self._site, prompt.options)
        module = await asyncio.to_thread(import_module, "chat.engines.ragflow.survey")
        await module.survey(settings)
        trial = await module.try_question(settings, prompt.question)
        return str(trial.text)


async def _converse(
    settings: RemoteSettings, prompt: Prompt
) -> AsyncGenerator[ChatEvent | SessionElsewhere]:
    # In a thread: the first import takes a while, during which other answers are written.
    module = await asyncio.to_thread(import_module, "chat.engines.ragflow.conversation")
    events: AsyncGenerator[ChatEvent | SessionElsewhere] = module.converse(settings, prompt)
    return events
