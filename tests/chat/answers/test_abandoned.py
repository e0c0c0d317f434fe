"""How answers are settled that nobody writes any more, and what is saved of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chat.answers.abandoned import (
    ABANDONED_AFTER_S,
    LOST_AFTER_S,
    SILENT_AFTER_S,
    UNCERTAIN_AFTER_S,
    lengthen,
    reread,
    settle_abandoned,
)
from chat.answers.hub import Hub
from chat.answers.records import INTERRUPTED, checkpoint, finish
from chat.live.answer import Outcome, Status
from chat.live.store import MemoryStore, StoredText
from chat.models import ChatSession, Message
from tests.support.drafts import draft
from tests.support.rest_client import make_exchange, make_session
from tests.support.world import World

pytestmark = pytest.mark.database


class Writer(Hub):
    """A hub that writes what the test says. `running`: what it knows of the one called "theirs"."""

    def __init__(
        self,
        name: str = "ours",
        began: datetime | None = None,
        writing: tuple[str, ...] = (),
        kept: StoredText | None = None,
        running: bool | None = False,
    ) -> None:
        super().__init__(name, MemoryStore())
        self.began = began or self.began
        self.writing = writing
        self.kept = kept
        self.running = running

    def __contains__(self, answer_id: object) -> bool:
        return answer_id in self.writing

    def rescue(self, answer_id: str) -> StoredText | None:
        return self.kept

    def is_running(self, name: str) -> bool | None:
        assert name == "theirs"
        return self.running


@pytest.fixture
def session(world: World) -> ChatSession:
    return make_session(world.dialog)


@pytest.fixture
def answer(session: ChatSession) -> Message:
    """Ours, being written."""
    return pending(session)


def pending(session: ChatSession, hub: str = "ours", silent_s: float = 0) -> Message:
    written_at = timezone.now() - timedelta(seconds=silent_s)
    return make_exchange(session, "What?", "", status="pending", hub=hub, written_at=written_at)


def settled(answer: Message, hub: Writer) -> str:
    settle_abandoned(answer.session.messages.all(), hub)
    answer.refresh_from_db()
    return answer.status


def test_what_is_being_written_is_not(session: ChatSession) -> None:
    ours = pending(session, silent_s=3600)
    began_later = timezone.now()
    assert settled(ours, Writer(began=began_later, writing=(ours.pk.hex,))) == "pending"


def test_what_was_saved_a_moment_ago_and_is_not_begun_yet(answer: Message) -> None:
    long_running = Writer(began=timezone.now() - timedelta(hours=1))
    assert settled(answer, long_running) == "pending"


def test_what_an_earlier_process_of_our_name_left(answer: Message) -> None:
    assert settled(answer, Writer(began=timezone.now())) == "interrupted"
    assert answer.error_code == 503
    assert answer.error == INTERRUPTED


@pytest.mark.parametrize(
    ("silent_s", "is_running", "status"),
    [
        (0, False, "pending"),
        (ABANDONED_AFTER_S - 2, False, "pending"),
        (ABANDONED_AFTER_S + 1, False, "interrupted"),
        (ABANDONED_AFTER_S + 1, None, "pending"),
        (UNCERTAIN_AFTER_S + 1, None, "interrupted"),
        (UNCERTAIN_AFTER_S + 1, True, "pending"),
        (LOST_AFTER_S + 1, True, "interrupted"),
    ],
)
def test_of_others_by_how_long_they_are_silent(
    session: ChatSession, silent_s: float, is_running: bool | None, status: str
) -> None:
    theirs = pending(session, hub="theirs", silent_s=silent_s)
    assert settled(theirs, Writer(running=is_running)) == status


@pytest.mark.parametrize("status", ["complete", "stopped", "failed", "interrupted"])
def test_what_has_ended_stays_as_it_is(session: ChatSession, status: str) -> None:
    ended = make_exchange(session, "What?", "That.", status=status, hub="ours")
    assert settled(ended, Writer()) == status
    assert ended.error_code is None


def test_only_those_that_were_asked_for(answer: Message, world: World) -> None:
    other = pending(make_session(world.dialog, "Other"))
    assert settled(answer, Writer(began=timezone.now())) == "interrupted"
    other.refresh_from_db()
    assert other.status == "pending"


def test_what_the_store_rescued_is_kept(answer: Message) -> None:
    checkpoint([draft(answer, "RAG", "Hmm, well")])
    hub = Writer(began=timezone.now(), kept=StoredText("RAGFlow is", "Hmm"))
    assert settled(answer, hub) == "interrupted"
    assert (answer.content, answer.reasoning) == ("RAGFlow is", "Hmm, well")


def test_a_reread_answer_is_settled(answer: Message) -> None:
    found = reread(answer.pk, Writer(began=timezone.now()))
    assert found.status == "interrupted"
    assert found.question == answer.question


@pytest.mark.parametrize(
    ("silent_s", "is_running", "content"),
    [
        (SILENT_AFTER_S - 2, False, ""),
        (SILENT_AFTER_S + 1, False, "RAGFlow"),
        (SILENT_AFTER_S + 1, True, ""),
        (SILENT_AFTER_S + 1, None, ""),
    ],
)
def test_what_the_store_has_is_saved_long_before_that(
    session: ChatSession, silent_s: float, is_running: bool | None, content: str
) -> None:
    theirs = pending(session, hub="theirs", silent_s=silent_s)
    hub = Writer(running=is_running, kept=StoredText("RAGFlow", ""))
    assert settled(theirs, hub) == "pending"
    assert theirs.content == content


def test_a_record_is_no_shorter_than_what_was_shown(answer: Message) -> None:
    checkpoint([draft(answer, "RAG", "Hmm, well")])
    hub = Writer(began=timezone.now())
    found = reread(answer.pk, hub, StoredText("RAGFlow", "Hmm"))
    assert (found.status, found.content, found.reasoning) == ("interrupted", "RAGFlow", "Hmm, well")
    answer.refresh_from_db()
    assert answer.content == "RAGFlow"


def test_what_is_shown_of_a_running_answer_is_not_its_record_yet(answer: Message) -> None:
    assert (
        reread(answer.pk, Writer(writing=(answer.pk.hex,)), StoredText("RAGFlow", "")).content == ""
    )


def test_what_ended_well_is_never_lengthened(answer: Message) -> None:
    finish(draft(answer, "RAG", ""), Outcome(Status.STOPPED))
    lengthen(answer.pk, StoredText("RAGFlow", "Hmm"))
    answer.refresh_from_db()
    assert (answer.content, answer.reasoning) == ("RAG", "")
