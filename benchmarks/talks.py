"""Asks conversations of the product's own service, in this process, and judges the answers.

Import `evaluation` before it, which sets Django up.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any, TypeVar

from accounts.identity import Identity
from chat.answers import service
from chat.answers.hub import Hub
from chat.answers.references import CITATION
from chat.answers.requests import Ask
from chat.live.store import MemoryStore
from chat.models import Dialog
from core.db_thread import database_sync_to_async
from knowledge.models import KnowledgeBase
from knowledge.text.sentences import split_sentences

Result = TypeVar("Result")

# Of an answer, so many sentences have to contain what is right.
HEAD = 2


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    kind: str = ""
    # The documents that are right, and what the answer has to contain.
    documents: Sequence[str] = ()
    answers: Sequence[str] = ()
    # Of an unanswerable one: whether the documents know its subject.
    near: bool | None = None
    # Whether it is judged, or only there for what follows.
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    # Documents in the order of the reference, and those that are cited.
    found: Sequence[str] = ()
    cited: Sequence[str] = ()

    @property
    def is_refusal(self) -> bool:
        return not CITATION.search(self.text)

    def contains(self, some: Iterable[str]) -> bool:
        """Whether the first sentences have one of them."""
        sentences = split_sentences(CITATION.sub("", self.text))
        said = plain(" ".join(sentences[:HEAD]))
        return any(plain(each) in said for each in some)


@dataclass(frozen=True, slots=True)
class Verdict:
    question: Question
    answer: Answer
    # The documents that were right one question before.
    before: Sequence[str] = field(default=())

    @property
    def first(self) -> bool:
        return any(name in self.question.documents for name in self.answer.found[:1])

    @property
    def contains(self) -> bool:
        return self.answer.contains(self.question.answers)

    @property
    def cites_previous(self) -> bool:
        wrong = set(self.before) - set(self.question.documents)
        return any(name in wrong for name in self.answer.cited)


def plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


class Asker:
    """Asks a dialog with default settings over one knowledge base."""

    def __init__(self, base: KnowledgeBase) -> None:
        # The same base is asked more than once, also in a database that is kept.
        self._dialog, _ = Dialog.objects.get_or_create(
            owner=base.owner, name=base.name, engine="extractive"
        )
        self._dialog.knowledge_bases.set([base])
        self._identity = Identity(base.owner, "shell")
        self._hub = Hub("benchmark", MemoryStore())

    async def ask(self, question: str, session_id: str | None = None) -> tuple[Answer, str]:
        """The answer, and the session to go on in."""
        ask = Ask(chat_id=self._dialog.pk.hex, question=question, session_id=session_id)
        live = await service.ask(self._identity, ask, self._hub)
        async for _ in live.read():
            pass
        text = str(live.text)
        chunks = live.outcome.reference.get("chunks", []) if live.outcome else []
        names = [chunk["document_name"] for chunk in chunks]
        cited = [names[int(n)] for n in CITATION.findall(text) if int(n) < len(names)]
        return Answer(text, list(dict.fromkeys(names)), cited), live.session_id

    async def converse(self, questions: Iterable[Question]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        session_id: str | None = None
        before: tuple[str, ...] = ()
        for question in questions:
            answer, session_id = await self.ask(question.text, session_id)
            if question.counts:
                verdicts.append(Verdict(question, answer, before))
            before = tuple(question.documents) or before
        return verdicts

    async def close(self) -> None:
        await self._hub.drain(stalled_s=5)


def run_conversations(
    base: KnowledgeBase, conversations: Iterable[Sequence[Question]]
) -> list[Verdict]:
    async def converse(asker: Asker) -> list[Verdict]:
        return [verdict for some in conversations for verdict in await asker.converse(some)]

    return run(base, converse)


def run(base: KnowledgeBase, ask: Callable[[Asker], Coroutine[Any, Any, Result]]) -> Result:
    async def asked() -> Result:
        asker = await database_sync_to_async(Asker)(base)
        result = await ask(asker)
        await asker.close()
        return result

    return asyncio.run(asked())


def share(values: Iterable[bool]) -> float | None:
    values = list(values)
    return round(mean(values), 4) if values else None
