"""Answers that no process writes any more are settled, and their text is saved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chat.answers.hub import Hub
from chat.answers.interrupted_answers import (
    ABANDONED_AFTER_S,
    LOST_AFTER_S,
    SILENT_AFTER_S,
    UNCERTAIN_AFTER_S,
    lengthen,
    reread,
    settle_abandoned,
)
from chat.answers.records import INTERRUPTED, checkpoint, finish
from chat.live.answer import Outcome, Status
from chat.live.store import MemoryStore, StoredText
from chat.models import ChatSession, Message
from tests.support.drafts import draft, finished
from tests.support.rest_client import make_exchange, make_session
from tests.support.world import World

pytestmark = pytest.mark.database


class StoreOfTheirs(MemoryStore):
    """What the store has of an answer of the hub "theirs", and whether that hub is alive."""

    def __init__(self, stored: StoredText | None, is_alive: bool | None) -> None:
        self.stored = stored
        self.is_alive = is_alive

    def read_whole_sync(self, answer_id: str) -> StoredText | None:
        return self.stored

    def is_hub_alive_sync(self, hub: str) -> bool | None:
        assert hub == "theirs"
        return self.is_alive


class ScriptedHub(Hub):
    """A hub that writes the answers the test says."""

    def __init__(
        self,
        name: str = "ours",
        started_at: datetime | None = None,
        writing: tuple[str, ...] = (),
        stored: StoredText | None = None,
        is_alive: bool | None = False,
    ) -> None:
        super().__init__(name, StoreOfTheirs(stored, is_alive))
        self.started_at = started_at or self.started_at
        self.writing = writing

    def __contains__(self, answer_id: object) -> bool:
        return answer_id in self.writing


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


def settled(answer: Message, hub: ScriptedHub) -> str:
    settle_abandoned(answer.session.messages.all(), hub)
    answer.refresh_from_db()
    return answer.status


def test_an_answer_that_is_being_written_is_left_alone(session: ChatSession) -> None:
    ours = pending(session, silent_s=3600)
    started_later = timezone.now()
    assert settled(ours, ScriptedHub(started_at=started_later, writing=(ours.pk.hex,))) == "pending"


def test_an_answer_saved_a_moment_ago_that_the_hub_has_not_started_yet_is_left_alone(
    answer: Message,
) -> None:
    long_running = ScriptedHub(started_at=timezone.now() - timedelta(hours=1))
    assert settled(answer, long_running) == "pending"


def test_an_answer_of_an_earlier_process_of_the_same_name_is_interrupted(answer: Message) -> None:
    assert settled(answer, ScriptedHub(started_at=timezone.now())) == "interrupted"
    assert answer.error_code == 503
    assert answer.error == INTERRUPTED


@pytest.mark.parametrize(
    ("silent_s", "is_alive", "status"),
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
def test_an_answer_of_another_hub_is_judged_by_its_silence_and_the_heartbeat(
    session: ChatSession, silent_s: float, is_alive: bool | None, status: str
) -> None:
    theirs = pending(session, hub="theirs", silent_s=silent_s)
    assert settled(theirs, ScriptedHub(is_alive=is_alive)) == status


@pytest.mark.parametrize("status", ["complete", "stopped", "failed", "interrupted"])
def test_what_has_ended_stays_as_it_is(session: ChatSession, status: str) -> None:
    ended = make_exchange(session, "What?", "That.", status=status, hub="ours")
    assert settled(ended, ScriptedHub()) == status
    assert ended.error_code is None


def test_only_the_given_messages_are_settled(answer: Message, world: World) -> None:
    other = pending(make_session(world.dialog, "Other"))
    assert settled(answer, ScriptedHub(started_at=timezone.now())) == "interrupted"
    other.refresh_from_db()
    assert other.status == "pending"


def test_text_that_only_the_store_has_is_saved(answer: Message) -> None:
    checkpoint([draft(answer, "RAG", "Hmm, well")])
    hub = ScriptedHub(started_at=timezone.now(), stored=StoredText("RAGFlow is", "Hmm"))
    assert settled(answer, hub) == "interrupted"
    assert (answer.content, answer.reasoning) == ("RAGFlow is", "Hmm, well")


def test_a_reread_answer_is_settled(answer: Message) -> None:
    found = reread(answer.pk, ScriptedHub(started_at=timezone.now()))
    assert found.status == "interrupted"
    assert found.question == answer.question


@pytest.mark.parametrize(
    ("silent_s", "is_alive", "content"),
    [
        (SILENT_AFTER_S - 2, False, ""),
        (SILENT_AFTER_S + 1, False, "RAGFlow"),
        (SILENT_AFTER_S + 1, True, ""),
        (SILENT_AFTER_S + 1, None, ""),
    ],
)
def test_stored_text_is_saved_before_the_answer_is_interrupted(
    session: ChatSession, silent_s: float, is_alive: bool | None, content: str
) -> None:
    theirs = pending(session, hub="theirs", silent_s=silent_s)
    hub = ScriptedHub(is_alive=is_alive, stored=StoredText("RAGFlow", ""))
    assert settled(theirs, hub) == "pending"
    assert theirs.content == content


def test_a_record_is_no_shorter_than_what_was_shown(answer: Message) -> None:
    checkpoint([draft(answer, "RAG", "Hmm, well")])
    hub = ScriptedHub(started_at=timezone.now())
    found = reread(answer.pk, hub, StoredText("RAGFlow", "Hmm"))
    assert (found.status, found.content, found.reasoning) == ("interrupted", "RAGFlow", "Hmm, well")
    answer.refresh_from_db()
    assert answer.content == "RAGFlow"


def test_shown_text_does_not_lengthen_the_record_of_a_running_answer(answer: Message) -> None:
    assert (
        reread(answer.pk, ScriptedHub(writing=(answer.pk.hex,)), StoredText("RAGFlow", "")).content
        == ""
    )


def test_an_answer_that_ended_well_is_never_lengthened(answer: Message) -> None:
    finish(finished(answer, "RAG", ""), Outcome(Status.STOPPED))
    lengthen(answer.pk, StoredText("RAGFlow", "Hmm"))
    answer.refresh_from_db()
    assert (answer.content, answer.reasoning) == ("RAG", "")
