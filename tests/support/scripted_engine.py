"""An engine whose events the test scripts, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from chat.engines.base import Delta, Event, Prompt

# For `settings.ENGINES`.
BACKEND = "tests.support.scripted_engine.ScriptedEngine"


class ScriptedEngine:
    """One queue for all its answers: tests with several answers at once wait for `prompts`."""

    def __init__(self) -> None:
        self.script: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self.prompts: list[Prompt] = []
        self.closed = 0

    def say(self, *pieces: str) -> None:
        for piece in pieces:
            self.script.put_nowait(Delta(piece))

    def emit(self, *events: Event) -> None:
        for event in events:
            self.script.put_nowait(event)

    def end(self) -> None:
        self.script.put_nowait(None)

    def fail(self, error: Exception) -> None:
        self.script.put_nowait(error)

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        self.prompts.append(prompt)
        try:
            while (item := await self.script.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.closed += 1
