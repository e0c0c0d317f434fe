"""The index of messages, by which conversations are found."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chat.admin.conversation_search import find_conversations
from chat.answers import message_terms
from chat.models import ChatSession, Message, MessageTerms
from chat.sql.message_index import INSTALL, find_sql
from tests.support.world import World

pytestmark = pytest.mark.database


@pytest.fixture
def session(world: World) -> ChatSession:
    return ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name="one")


def say(session: ChatSession, *texts: str) -> None:
    messages = [Message(session=session, role="assistant", content=text) for text in texts]
    Message.objects.bulk_create(messages)


def found(text: str) -> list[str]:
    return [session.name for session in find_conversations(ChatSession.objects.all(), text)]


def indexed() -> int:
    return MessageTerms.objects.count()


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        *(("resets", True), ("PASSWORDS", True), ("passw", True), ("routers reset", True)),
        *(("sword", False), ("lantern", False), ("reset lantern", False)),
        *(("无线路由器", True), ("无线", True), ("路", True), ("無線", True), ("有线", False)),
        *(("the", True), ("'the router'", True), ("'router the'", False), ("什么", False)),
        *(("C++", True), ("x" * 500, False), ("" + "é" * 3, False), ("***", False)),
    ],
)
def test_what_was_said_is_found_by_its_terms(
    session: ChatSession, text: str, is_found: bool
) -> None:
    say(session, "How do I reset the router's password? C++", "无线路由器有一个按钮。")
    assert found(text) == (["one"] if is_found else [])
    assert found(text) == (["one"] if is_found else []), "the same, once it is indexed"
    assert indexed() == 2


def test_messages_beyond_those_that_a_search_indexes_are_found_all_the_same(
    session: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.admin.conversation_search.MAX_NEW", 1)
    say(session, "a lantern", "a lamp")
    assert found("lantern") == found("lamp") == ["one"]
    assert indexed() == 2


def test_a_deleted_message_is_not_found_any_more(session: ChatSession) -> None:
    say(session, "a lantern")
    assert found("lantern") == ["one"]
    Message.objects.all().delete()
    assert found("lantern") == []
    assert indexed() == 0


def test_a_longer_text_replaces_the_terms(session: ChatSession) -> None:
    say(session, "a lantern")
    assert found("lamp") == []
    Message.objects.update(content="a lamp", is_indexed=False)
    assert found("lamp") == ["one"]
    assert found("lantern") == []


def test_a_pending_answer_is_indexed_when_it_has_ended(session: ChatSession) -> None:
    pending = Message.Status.PENDING
    Message.objects.create(session=session, role="assistant", status=pending, content="a lantern")
    assert message_terms.index_some(10) == 0
    assert found("lantern") == ["one"]
    Message.objects.update(status=Message.Status.INTERRUPTED)
    assert message_terms.index_some(10) == 1


def test_any_text_can_be_indexed(session: ChatSession) -> None:
    say(session, "", "x" * 200_000, "\t' \" \\ : * & | !", "é" * 3_000, "😀" * 3_000, "汉" * 60_000)
    assert message_terms.index_some(10) == 6
    assert found("x" * 300) == ["one"]


def test_a_search_reads_only_what_has_the_terms(session: ChatSession) -> None:
    say(session, *(f"This is number {n} of many" for n in range(2_000)))
    while message_terms.index_some(1_000):
        pass
    sql, parameter = find_sql(["1234"])
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # A small table would be read as a whole, whatever index it has.
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{explain} {sql}", [parameter])
        plan = str(cursor.fetchall())
    assert "by_term" in plan or "VIRTUAL TABLE INDEX" in plan


@pytest.mark.django_db(transaction=True)
def test_a_migration_indexes_what_was_said_before(world: World) -> None:
    executor = MigrationExecutor(connection)
    before = executor.migrate([("chat", "0017_message_terms")]).apps
    rows: Any = before.get_model("chat", "Message").objects
    sessions: Any = before.get_model("chat", "ChatSession").objects
    session = sessions.create(
        id=uuid4(), dialog_id=world.dialog.pk, user_id=world.alice.user.pk, name="one"
    )
    for text, status in (("a lantern", "complete"), ("", "complete"), ("a lamp", "pending")):
        rows.create(id=uuid4(), session=session, role="assistant", content=text, status=status)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert [row.terms for row in MessageTerms.objects.all()] == ["a lantern"]
    assert Message.objects.filter(is_indexed=False).count() == 1
    assert found("lantern") == ["one"]


def test_the_index_is_of_the_databases_that_are_supported() -> None:
    assert connection.vendor in INSTALL
