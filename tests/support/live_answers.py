"""Answers of a hub in the tests: read to their end, saved, and failing to be saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from chat.answers import pieces, records, saving
from chat.answers.turn import Turn
from chat.live.answer import LiveAnswer
from chat.models import Message

OpenOne = Callable[[], Awaitable[Turn]]


async def ended(live: LiveAnswer) -> str:
    """All of its text, when it has ended."""
    return "".join([step.text async for step in live.read()])


async def until_text(live: LiveAnswer, text: str) -> None:
    async for _ in live.read():
        if str(live.text) == text:
            return


@sync_to_async
def saved(answer_id: UUID) -> Message:
    answer = Message.objects.get(pk=answer_id)
    pieces.fill_in([answer])
    return answer


def watch_checkpoints(
    monkeypatch: pytest.MonkeyPatch, failing: int = 0
) -> asyncio.Queue[records.Draft]:
    """The drafts that were saved; the first `failing` times, the database is locked."""
    drafts_saved: asyncio.Queue[records.Draft] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    tries = 0
    checkpoint = records.checkpoint

    def watched(drafts: Any) -> set[UUID]:
        nonlocal tries
        tries += 1
        if tries <= failing:
            raise OperationalError("database is locked")
        gone = checkpoint(drafts)
        for draft in drafts:
            loop.call_soon_threadsafe(drafts_saved.put_nowait, draft)
        return gone

    monkeypatch.setattr(records, "checkpoint", watched)
    return drafts_saved


def fail_to_finish(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """A disk that is full for a while, with short pauses between attempts."""
    tries: list[int] = []
    finish = records.finish

    def failing(*arguments: Any) -> records.Recorded:
        tries.append(len(tries))
        if len(tries) <= times:
            raise OperationalError("database or disk is full")
        return finish(*arguments)

    monkeypatch.setattr(records, "finish", failing)
    monkeypatch.setattr(saving, "RETRY_S", 0.001)
    return tries
