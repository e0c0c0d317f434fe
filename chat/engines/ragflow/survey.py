"""Looks at a remote RAGFlow from outside: its chats, its release, and how it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from chat.engines.base import Delta, Event, Prompt, SessionElsewhere, Sources
from chat.engines.ragflow.chat_events import MalformedEvent
from chat.engines.ragflow.conversation import converse
from chat.engines.ragflow.dialects import Dialect
from chat.engines.ragflow.explanations import explain
from chat.engines.ragflow.remote_answer import RemoteAnswer
from chat.engines.ragflow.remote_api import FAILURES, call
from chat.engines.ragflow.remote_settings import RemoteSettings, is_remote_id

CHATS = "/api/v1/chats"
# The most that releases from 1.0 on give at once, and that we take in all.
PAGE_SIZE, MAX_CHATS = 100, 2000
OLD, NEW, GO = "0.24 or older", "0.25 or newer", "1.0 or newer"


@dataclass(frozen=True, slots=True)
class RemoteChat:
    id: str
    name: str
    description: str = ""
    opener: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    # As it says itself; empty: it does not.
    version: str
    looks_like: str
    chats: list[RemoteChat]


@dataclass(frozen=True, slots=True)
class Trial:
    """How one question was answered."""

    text: str
    dialect: Dialect
    was_repeated: bool
    sources: int


async def survey(settings: RemoteSettings) -> Survey:
    """Raises `EngineFailed`."""
    async with _explained(settings):
        chats, has_new_shape = await _chats(settings)
        version = await _version(settings) if has_new_shape else ""
        is_go = has_new_shape and await _names_parsers_as_go_does(settings)
    looks_like = GO if is_go else NEW if has_new_shape else OLD
    return Survey(version, looks_like, chats)


async def try_question(settings: RemoteSettings, question: str) -> Trial:
    """Asks it in a session of its own. Raises `EngineFailed`."""
    answer, text, sources = RemoteAnswer(settings), "", 0
    async with aclosing(converse(settings, Prompt(question))) as events:
        async for event in events:
            if not isinstance(event, SessionElsewhere):
                text += _text_of(answer.take(event))
    for rest in answer.finish():
        match rest:
            case Delta(piece):
                text += piece
            case Sources(found):
                sources = len(found)
    if failure := answer.failure():
        raise failure
    return Trial(text, answer.text.dialect, answer.text.was_repeated, sources)


def _text_of(events: Iterator[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@asynccontextmanager
async def _explained(settings: RemoteSettings) -> AsyncGenerator[None]:
    try:
        yield
    except FAILURES as error:
        raise explain(error, settings.timeout_s) from None


async def _chats(settings: RemoteSettings) -> tuple[list[RemoteChat], bool]:
    """All of them, and whether they come in the newer shape."""
    found: dict[str, RemoteChat] = {}
    for page in count(1):
        data = await call(settings, "GET", CHATS, query=f"page={page}&page_size={PAGE_SIZE}")
        is_new = isinstance(data, Mapping)
        rows = data.get("chats") if isinstance(data, Mapping) else data
        if not isinstance(rows, list):
            raise MalformedEvent
        before = len(found)
        found |= {chat.id: chat for chat in map(_chat, rows) if chat}
        # A release that does not know pages gives the same again.
        if len(rows) < PAGE_SIZE or len(found) == before or len(found) >= MAX_CHATS:
            return list(found.values()), is_new
    raise AssertionError


def _chat(row: object) -> RemoteChat | None:
    if not isinstance(row, Mapping) or not is_remote_id(row.get("id")):
        return None
    old, new = row.get("prompt"), row.get("prompt_config")
    opener = _text(old, "opener") or _text(new, "prologue")
    return RemoteChat(row["id"], _text(row, "name"), _text(row, "description"), opener)


def _text(row: object, name: str) -> str:
    value = row.get(name) if isinstance(row, Mapping) else None
    return value if isinstance(value, str) else ""


async def _version(settings: RemoteSettings) -> str:
    data = await _or_none(settings, "/api/v1/system/version")
    return (data if isinstance(data, str) else _text(data, "version"))[:40]


async def _names_parsers_as_go_does(settings: RemoteSettings) -> bool:
    data = await _or_none(settings, "/api/v1/datasets", "page=1&page_size=1")
    rows = data.get("datasets") if isinstance(data, Mapping) else data
    first = rows[0] if isinstance(rows, list) and rows else None
    return isinstance(first, Mapping) and "parser_id" in first and "chunk_method" not in first


async def _or_none(settings: RemoteSettings, path: str, query: str = "") -> Any:
    """What only some releases tell is no failure if it is not told."""
    try:
        return await call(settings, "GET", path, query=query)
    except FAILURES:
        return None
