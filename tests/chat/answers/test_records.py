"""What the database has of answers."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError, connection
from django.utils import timezone

from chat.answers import pieces, records
from chat.engines.base import EngineFailed, EngineTimedOut
from chat.errors import Interrupted
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.models import ChatSession, Message
from core.errors import AppError, InternalError
from tests.support.drafts import draft, finished
from tests.support.rest_client import make_exchange, make_session
from tests.support.world import World

pytestmark = pytest.mark.database

REFERENCE = {"total": 0, "chunks": [], "doc_aggs": []}
SESSION_BEGAN = timezone.now() - timedelta(days=1)


@pytest.fixture
def session(world: World) -> ChatSession:
    session = make_session(world.dialog)
    ChatSession.objects.update(updated_at=SESSION_BEGAN)
    return session


@pytest.fixture
def answer(session: ChatSession) -> Message:
    """Ours, being written."""
    return pending(session)


def pending(session: ChatSession) -> Message:
    now = timezone.now()
    return make_exchange(session, "What?", "", status="pending", hub="ours", written_at=now)


def read(answer: Message) -> Message:
    """As it is saved, its pieces included."""
    row = Message.objects.get(pk=answer.pk)
    pieces.fill_in([row])
    return row


class TestCheckpoint:
    def test_a_draft_is_saved_and_the_answer_stays_pending(
        self, answer: Message, world: World
    ) -> None:
        other = pending(make_session(world.dialog, "Other"))
        before = timezone.now()
        records.checkpoint(
            [
                draft(answer, "RAG", "Hmm", REFERENCE),
                draft(other, "渡轮", ""),
            ]
        )
        answer, other = read(answer), read(other)
        assert (answer.content, answer.reasoning, answer.status) == ("RAG", "Hmm", "pending")
        assert answer.reference == REFERENCE
        assert answer.written_at
        assert answer.written_at >= before
        assert (other.content, other.reference) == ("渡轮", {})

    def test_the_reference_is_saved_once(self, answer: Message) -> None:
        records.checkpoint([draft(answer, "RAG", "", REFERENCE)])
        records.checkpoint([draft(answer, "RAGFlow", "")])
        answer = read(answer)
        assert (answer.content, answer.reference) == ("RAGFlow", REFERENCE)

    def test_an_answer_that_has_ended_is_left_alone(self, answer: Message) -> None:
        records.finish(finished(answer, "RAGFlow", ""), Outcome(Status.COMPLETE, REFERENCE))
        assert records.checkpoint([draft(answer, "RAG", "Hmm", {"total": 9})]) == {answer.pk}
        answer.refresh_from_db()
        assert (answer.content, answer.reasoning) == ("RAGFlow", "")
        assert (answer.status, answer.reference) == ("complete", REFERENCE)

    def test_a_deleted_answer_is_reported_and_the_others_are_saved(
        self, answer: Message, world: World
    ) -> None:
        other = pending(make_session(world.dialog, "Other"))
        other_draft = draft(other, "Gone", "", REFERENCE)
        other.session.delete()
        assert records.checkpoint([other_draft, draft(answer, "RAG", "")]) == {other.pk}
        recorded = records.finish(finished(other, "Gone"), Outcome(Status.COMPLETE))
        assert recorded.outcome.status is Status.STOPPED
        answer = read(answer)
        assert answer.content == "RAG"


class TestFinish:
    def test_the_ending_is_saved_with_text_usage_and_timing(
        self, answer: Message, session: ChatSession
    ) -> None:
        outcome = Outcome(
            Status.COMPLETE, REFERENCE, {"total_tokens": 9}, {"first_token_ms": 1, "total_ms": 2}
        )
        recorded = records.finish(finished(answer, "RAGFlow", "Hmm"), outcome)
        assert recorded == (outcome, "RAGFlow", "Hmm")
        answer.refresh_from_db()
        session.refresh_from_db()
        assert (answer.status, answer.content, answer.reasoning) == ("complete", "RAGFlow", "Hmm")
        assert (answer.reference, answer.usage) == (REFERENCE, {"total_tokens": 9})
        assert (answer.first_token_ms, answer.total_ms) == (1, 2)
        assert (answer.error_code, answer.error) == (None, "")
        assert session.updated_at > SESSION_BEGAN

    def test_suggestions_are_read_again_from_the_record(self, answer: Message) -> None:
        outcome = Outcome(Status.COMPLETE, suggestions=["How long does it steep?"])
        records.finish(finished(answer, "Tea"), outcome)
        answer.refresh_from_db()
        live = records.to_live_answer(answer, LiveAnswer)
        assert live.outcome
        assert live.outcome.suggestions == ["How long does it steep?"]

    def test_an_error_is_saved_with_the_text_so_far(self, answer: Message) -> None:
        error = EngineTimedOut("The model fell silent")
        records.finish(finished(answer, "RAG", ""), Outcome(Status.FAILED, error=error))
        answer.refresh_from_db()
        assert (answer.status, answer.content) == ("failed", "RAG")
        assert (answer.error_code, answer.error) == (504, "The model fell silent")

    def test_the_first_ending_counts(self, answer: Message) -> None:
        """A process that was only slow may have been taken for lost: readers were told so."""
        Message.objects.filter(pk=answer.pk).update(
            status="interrupted", content="RAG", error_code=503, error="Lost"
        )
        recorded = records.finish(finished(answer, "RAGFlow", ""), Outcome(Status.COMPLETE))
        assert (recorded.outcome.status, recorded.content) == (Status.INTERRUPTED, "RAG")
        assert str(recorded.outcome.error) == "Lost"
        answer.refresh_from_db()
        assert (answer.status, answer.content, answer.error) == ("interrupted", "RAG", "Lost")

    def test_usage_that_cannot_be_counted_undoes_no_answer(
        self, answer: Message, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: object) -> None:
            raise DataError("bigint out of range")

        monkeypatch.setattr(records, "count_usage", fail)
        counted = finished(answer, "RAGFlow")._replace(token_id=answer.pk)
        assert records.finish(counted, Outcome(Status.COMPLETE)).outcome.status is Status.COMPLETE
        answer.refresh_from_db()
        assert (answer.status, answer.content) == ("complete", "RAGFlow")
        assert "could not be counted" in caplog.text

    @pytest.mark.django_db(transaction=True)
    def test_a_locked_database_changes_nothing(self, answer: Message) -> None:
        """Another program holds the lock of the file longer than we wait for it."""
        if connection.vendor != "sqlite":
            pytest.skip("only SQLite has one lock for all")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
        outcome = Outcome(Status.COMPLETE)
        try:
            with pytest.raises(OperationalError, match="locked"):
                records.finish(finished(answer, "RAGFlow", ""), outcome)
        finally:
            other.close()
            connection.close()
        answer.refresh_from_db()
        assert (answer.status, answer.content) == ("pending", "")
        records.finish(finished(answer, "RAGFlow", ""), outcome)
        answer.refresh_from_db()
        assert (answer.status, answer.content) == ("complete", "RAGFlow")


class TestToLiveAnswer:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (502, EngineFailed),
            (503, Interrupted),
            (504, EngineTimedOut),
            (500, InternalError),
            (418, InternalError),
        ],
    )
    def test_an_ended_answer_is_what_it_was(
        self, answer: Message, code: int, kind: type[AppError]
    ) -> None:
        error = kind("That went wrong")
        timing = {"first_token_ms": 1, "total_ms": 2}
        outcome = Outcome(Status.FAILED, REFERENCE, {"total_tokens": 9}, timing, error)
        records.finish(finished(answer, "RAG 渡", "Hmm"), outcome)
        Message.objects.filter(pk=answer.pk).update(error_code=code)
        live = records.to_live_answer(
            Message.objects.select_related("question").get(pk=answer.pk), LiveAnswer
        )
        assert (live.id, live.session_id) == (answer.pk.hex, answer.session_id.hex)
        assert (live.question, live.request_id, live.edit) == ("What?", "", "")
        assert answer.question
        assert live.question_id == answer.question.pk.hex
        assert (str(live.text), str(live.reasoning)) == ("RAG 渡", "Hmm")
        found = live.outcome
        assert found
        assert (found.status, found.reference, found.usage) == ("failed", REFERENCE, outcome.usage)
        assert found.timing == timing
        assert (type(found.error), str(found.error)) == (kind, "That went wrong")

    def test_an_answer_to_another_version_of_a_question(self, answer: Message) -> None:
        first = Message.objects.create(session=answer.session, role="user", content="Who?")
        assert answer.question
        answer.question.edit_of = first
        assert records.to_live_answer(answer, LiveAnswer).edit == first.pk.hex

    def test_an_answer_without_a_question_or_timing(self, session: ChatSession) -> None:
        bare = Message.objects.create(session=session, role="assistant", content="Hi")
        live = records.to_live_answer(bare, LiveAnswer)
        assert live.outcome
        assert (live.request_id, live.outcome.timing) == ("", {})

    def test_a_copy_catches_up_with_its_record(self, answer: Message) -> None:
        live = records.to_live_answer(answer, LiveAnswer)
        assert live.outcome is None
        for text, thought in (("渡", ""), ("渡", "Hm"), ("渡轮", "Hmm"), ("渡", "Hmm")):
            answer.content, answer.reasoning = text, thought
            records.catch_up(live, answer)
        # Text that was shown stays, even if an older record has less.
        assert (str(live.text), str(live.reasoning)) == ("渡轮", "Hmm")
        answer.content, answer.status = "渡轮。", "complete"
        records.catch_up(live, answer)
        assert str(live.text) == "渡轮。"
        assert live.outcome
        assert live.outcome.status is Status.COMPLETE
