"""The load engine, for benchmarks and demos: meaningless tokens, at a given rate or unpaced."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from itertools import cycle, islice

from chat.engines.base import Delta, EngineFailed, Event, Prompt, Usage

QUESTION = re.compile(r"bench(?:\s+n=(?P<n>[1-9]\d{0,6}))?(?:\s+rate=(?P<rate>\d{1,5}(?:\.\d+)?))?")
DEFAULT_LENGTH = 200
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
DELTAS = [Delta(f"{word} ") for word in WORDS]
NS = 1_000_000_000


class LoadEngine:
    """`bench n=200 rate=20`: 200 tokens, 20 a second. Without a rate: as fast as they are read."""

    def answer(self, prompt: Prompt) -> AsyncGenerator[Event]:
        match = QUESTION.fullmatch(prompt.question.strip())
        if not match:
            raise EngineFailed("This engine only understands questions like `bench n=200 rate=20`.")
        length = int(match["n"] or DEFAULT_LENGTH)
        rate = float(match["rate"] or 0)
        return paced(length, rate) if rate else unpaced(length)


async def paced(length: int, rate: float) -> AsyncGenerator[Event]:
    """Each token says when it was due, so that its reader can tell how late it is."""
    start = time.monotonic_ns()
    for number in range(length):
        due = start + int(number * NS / rate)
        if due <= time.monotonic_ns():
            await asyncio.sleep(0)
        # A loop, since timers may fire a little early.
        while (left := due - time.monotonic_ns()) > 0:  # noqa: ASYNC110 - a clock sets no event
            await asyncio.sleep(left / NS)
        yield Delta(f"@{due} ")
    yield Usage(prompt_tokens=0, completion_tokens=length)


async def unpaced(length: int) -> AsyncGenerator[Event]:
    for delta in islice(cycle(DELTAS), length):
        await asyncio.sleep(0)
        yield delta
    yield Usage(prompt_tokens=0, completion_tokens=length)
