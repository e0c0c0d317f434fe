"""Text of pending answers in the database: saved piece by piece, joined when it is read.

Rewriting the whole text at each checkpoint would cost the square of its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db.models import Max, Q
from django.db.models.functions import Coalesce

from chat.models import AnswerPiece, Message
from chat.sql import statements


class Piece(NamedTuple):
    """`start`: where it begins in the text, or in the reasoning, in bytes of UTF-8."""

    answer_id: UUID
    is_reasoning: bool
    start: int
    text: str


def save(pieces: Sequence[Piece]) -> int:
    """Those of pending answers; returns how many these are. A piece that was saved before, as far
    as it was then known, is replaced."""
    rows = [(piece.is_reasoning, piece.start, piece.text, piece.answer_id) for piece in pieces]
    return statements.insert_children(
        AnswerPiece, "answer", ("is_reasoning", "start", "text"), rows
    )


def delete(answer_ids: Iterable[UUID]) -> None:
    AnswerPiece.objects.filter(answer__in=list(answer_ids)).delete()


def delete_obsolete() -> None:
    """Those of ended and of deleted answers, left behind by processes that were killed."""
    pending = Message.objects.filter(status=Message.Status.PENDING).values("pk")
    AnswerPiece.objects.exclude(answer__in=pending).delete()


def fill_in(answers: Iterable[Message]) -> None:
    """Give pending answers, as they were read, the text that is saved in pieces."""
    pending = {answer.pk: answer for answer in answers if answer.status == Message.Status.PENDING}
    if not pending:
        return
    found = AnswerPiece.objects.filter(answer__in=pending)
    rows = found.order_by("answer", "is_reasoning", "start").values_list(*Piece._fields)
    for (answer_id, is_reasoning), parts in groupby(rows, key=lambda row: row[:2]):
        answer, name = pending[answer_id], "reasoning" if is_reasoning else "content"
        begun = getattr(answer, name)
        more = text_from(len(begun.encode()), ((start, text) for _, _, start, text in parts))
        setattr(answer, name, begun + more)


def read_from(answer_id: UUID, is_reasoning: bool, size: int) -> list[tuple[int, str]]:
    """The pieces that have what follows the first `size` bytes, with where they start."""
    pieces = AnswerPiece.objects.filter(answer=answer_id, is_reasoning=is_reasoning)
    # The piece that begins before may end behind.
    begun = Coalesce(Max("start", filter=Q(start__lt=size)), 0)
    first = pieces.aggregate(first=begun)["first"] if size else 0
    return list(pieces.filter(start__gte=first).order_by("start").values_list("start", "text"))


def text_from(size: int, parts: Iterable[tuple[int, str]]) -> str:
    """What follows the first `size` bytes: `parts` put together, in order; they may overlap."""
    found = []
    for start, text in parts:
        data = text.encode()
        if start <= size < start + len(data):
            found.append(data[size - start :])
            size = start + len(data)
    return b"".join(found).decode()
