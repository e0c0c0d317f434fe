"""The transcript of a conversation: questions, their answers, and the sources of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from chat import branches
from chat.answers import pieces
from chat.answers.references import CITATION
from chat.models import Attachment, ChatSession, Message

# What the script that renders answers shows besides them.
TEXTS = {
    "code": _("code"),
    "copy": _("Copy"),
    "copied": _("Copied"),
    "source_n": _("Source {n}"),
    "task_open": _("To do"),
    "task_done": _("Done"),
}


@dataclass(frozen=True, slots=True)
class Source:
    # Counted from 1, as people do; `[ID:n]` counts from 0.
    number: int
    document: str
    place: str
    text: str
    percent: int
    is_cited: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an answer: text, or the number of a source that it cites."""

    text: str = ""
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    message: Message
    segments: Sequence[Segment]
    sources: Sequence[Source]

    @property
    def cited(self) -> Sequence[Source]:
        return [source for source in self.sources if source.is_cited]

    @property
    def also_found(self) -> Sequence[Source]:
        """Passages that the engine was given, and that the answer does not cite."""
        return [source for source in self.sources if not source.is_cited]


@dataclass(frozen=True, slots=True)
class Exchange:
    question: Message
    answers: Sequence[Answer]
    # Of an edited question, counted from 1.
    version: int
    versions: int
    # Whether it is on the branch that the session shows.
    is_shown: bool


def questions_of(session: ChatSession) -> QuerySet[Message]:
    """With their answers and attachments: three queries, however many there are."""
    answers = Message.objects.order_by("created_at")
    return (
        session.messages.filter(role=Message.Role.USER)
        .order_by("created_at")
        .prefetch_related(
            Prefetch("answers", answers),
            Prefetch("attachments", Attachment.objects.defer("passages")),
        )
    )


def exchanges(session: ChatSession, questions: Iterable[Message]) -> list[Exchange]:
    questions = list(questions)
    pieces.fill_in(answer for question in questions for answer in question.answers.all())
    path, versions = branches.shown_path(session), branches.versions(session)
    found = []
    for question in questions:
        of_it = versions.get(question.edit_of_id or question.pk, [question.pk])
        answers = [_read_answer(answer) for answer in question.answers.all()]
        number, is_shown = of_it.index(question.pk) + 1, branches.leads_through(path, question)
        found.append(Exchange(question, answers, number, len(of_it), is_shown))
    return found


def _read_answer(message: Message) -> Answer:
    chunks = message.reference.get("chunks", ())
    cited = {int(number) for number in CITATION.findall(message.content)}
    sources = [_read_source(index, chunk, index in cited) for index, chunk in enumerate(chunks)]
    return Answer(message, list(_split_citations(message.content, len(sources))), sources)


def _read_source(index: int, chunk: Mapping[str, Any], is_cited: bool) -> Source:
    return Source(
        number=index + 1,
        document=chunk.get("document_name", ""),
        place=chunk.get("document_metadata", {}).get("place", ""),
        text=chunk.get("content", ""),
        percent=round(100 * (chunk.get("similarity") or 0)),
        is_cited=is_cited,
    )


def _split_citations(text: str, count: int) -> Iterator[Segment]:
    """`[ID:n]` becomes a number if there is such a source; otherwise it stays text."""
    # A pattern with one group splits into text, n, text, n, …, text.
    for position, part in enumerate(CITATION.split(text)):
        if position % 2 == 0:
            yield Segment(text=part)
        elif int(part) < count:
            yield Segment(source=int(part) + 1)
        else:
            yield Segment(text=f"[ID:{part}]")
