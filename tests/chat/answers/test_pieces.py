"""Text of pending answers is saved piece by piece, and read as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chat.admin.transcript import exchanges, questions_of
from chat.answers import pieces, records
from chat.answers.pieces import Piece
from chat.answers.running_answer import HEARTBEAT_S
from chat.live.answer import Outcome, Status
from chat.models import AnswerPiece, ChatSession, Message
from core.ids import new_id
from tests.support.drafts import draft, finished
from tests.support.rest_client import client_of, data_of, make_exchange, make_session
from tests.support.world import World

pytestmark = pytest.mark.database

TOKEN = "word "
TOKENS_A_SECOND, LENGTH = 20, 100_000
CHECKPOINT_S = 1


@pytest.fixture
def session(world: World) -> ChatSession:
    return make_session(world.dialog)


@pytest.fixture
def answer(session: ChatSession) -> Message:
    return make_exchange(
        session, "What?", "", status="pending", hub="ours", written_at=timezone.now()
    )


def save(answer: Message, start: int, text: str, is_reasoning: bool = False) -> None:
    records.checkpoint([records.Draft(answer.pk, (Piece(answer.pk, is_reasoning, start, text),))])


def read(answer: Message) -> tuple[str, str]:
    row = Message.objects.get(pk=answer.pk)
    pieces.fill_in([row])
    return row.content, row.reasoning


@contextmanager
def counting_bytes() -> Iterator[list[int]]:
    """The bytes of the parameters of all statements."""
    sizes: list[int] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        for row in params if many else [params or ()]:
            sizes.extend(len(str(value).encode()) for value in row)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield sizes


def test_saving_an_answer_writes_at_most_three_times_its_text(answer: Message) -> None:
    a_second = TOKEN * TOKENS_A_SECOND
    with counting_bytes() as sizes:
        for second, start in enumerate(range(0, LENGTH, len(a_second))):
            new = (Piece(answer.pk, False, start, a_second),)
            is_sign_of_life = second * CHECKPOINT_S % HEARTBEAT_S == 0
            records.checkpoint([records.Draft(answer.pk, new, None, is_sign_of_life)])
        text = a_second * (LENGTH // len(a_second))
        records.finish(finished(answer, text), Outcome(Status.COMPLETE))
    assert sum(sizes) <= 3 * LENGTH
    assert read(answer) == (text, "")


def test_pieces_are_read_as_one_text(answer: Message) -> None:
    save(answer, 0, "Ha ", is_reasoning=True)
    save(answer, 0, "渡")
    save(answer, 3, "轮")
    save(answer, 3, "well", is_reasoning=True)
    save(answer, 6, "。")
    assert read(answer) == ("渡轮。", "Ha well")
    answer.refresh_from_db()
    assert (answer.content, answer.reasoning) == ("", "")


def test_a_piece_that_was_saved_and_not_confirmed_is_replaced_by_a_longer_one(
    answer: Message,
) -> None:
    save(answer, 0, "RAG")
    save(answer, 0, "RAGFlow")
    assert read(answer) == ("RAGFlow", "")
    assert AnswerPiece.objects.count() == 1


@pytest.mark.parametrize(
    ("size", "text"), [(0, "RAGFlow is"), (2, "GFlow is"), (3, "Flow is"), (9, "s"), (10, "")]
)
def test_pieces_are_read_from_any_byte(answer: Message, size: int, text: str) -> None:
    for start, piece in ((0, "RAG"), (3, "Flow"), (7, " is")):
        save(answer, start, piece)
    parts = pieces.read_from(answer.pk, False, size)
    assert pieces.text_from(size, parts) == text
    assert len(parts) <= 1 + len(text)


def test_text_of_the_message_itself_counts_as_well(answer: Message) -> None:
    """Before an upgrade, and if another process saved what Redis had."""
    for start, piece in ((0, "RAG"), (3, "Flow"), (7, " is")):
        save(answer, start, piece)
    Message.objects.filter(pk=answer.pk).update(content="RAGFl")
    assert read(answer) == ("RAGFlow is", "")


def test_pieces_of_ended_and_deleted_answers_are_obsolete(answer: Message, world: World) -> None:
    pending = make_exchange(make_session(world.dialog), "What?", "", status="pending")
    for saved in (answer, pending):
        save(saved, 0, "RAG")
    records.finish(finished(answer, "RAGFlow"), Outcome(Status.COMPLETE))
    AnswerPiece.objects.create(answer_id=new_id(), is_reasoning=False, start=0, text="RAG")
    assert read(answer) == ("RAGFlow", "")
    pieces.delete_obsolete()
    assert [piece.answer_id for piece in AnswerPiece.objects.all()] == [pending.pk]


def test_pieces_are_deleted_with_their_session(answer: Message) -> None:
    save(answer, 0, "RAG")
    answer.session.delete()
    assert not AnswerPiece.objects.exists()


def test_pieces_of_a_deleted_answer_that_were_saved_at_the_same_moment_go_at_the_next(
    answer: Message,
) -> None:
    late = draft(answer, "RAG")
    answer.session.delete()
    AnswerPiece.objects.create(answer_id=answer.pk, is_reasoning=False, start=0, text="RAG")
    assert records.checkpoint([late]) == {answer.pk}
    assert not AnswerPiece.objects.exists()


def test_the_transcript_shows_what_is_being_written(answer: Message, session: ChatSession) -> None:
    save(answer, 0, "RAG")
    [exchange] = exchanges(session, questions_of(session))
    [shown] = exchange.answers
    assert shown.message.content == "RAG"


def test_the_rest_api_shows_what_is_being_written(
    answer: Message, session: ChatSession, world: World
) -> None:
    save(answer, 0, "RAG")
    address = f"/api/v1/chats/{world.dialog.pk.hex}/sessions/{session.pk.hex}"
    messages = data_of(client_of(world.alice).get(address))["messages"]
    assert [(message["content"], message["status"]) for message in messages] == [
        ("What?", "complete"),
        ("RAG", "pending"),
    ]
