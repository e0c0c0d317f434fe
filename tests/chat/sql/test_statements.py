"""What is written without the ORM is what the ORM would have written."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.models import ChatSession, Message
from chat.sql import statements
from tests.support.world import World

pytestmark = pytest.mark.database

VALUES = {
    "content": "渡轮 ' \" %s",
    "reference": {"total": 1, "chunks": [{"content": "x"}]},
    "usage": {},
    "kb_ids": ["a", "b"],
    "error_code": None,
    "total_ms": 7,
}


@pytest.fixture
def session(world: World) -> ChatSession:
    session = ChatSession(user=world.alice.user, dialog=world.dialog, name="Ferries")
    statements.insert([session])
    return session


def stored_values(message: Message) -> dict[str, object]:
    values = Message.objects.values().get(pk=message.pk)
    return {name: value for name, value in values.items() if name != "id"}


def test_an_inserted_row_is_what_the_orm_inserts_and_can_be_saved_again(
    session: ChatSession,
) -> None:
    now = timezone.now()
    ours, theirs = (Message(session=session, role="user", created_at=now, **VALUES) for _ in "12")
    statements.insert([ours])
    theirs.save(force_insert=True)
    assert stored_values(ours) == stored_values(theirs)
    assert not ours._state.adding
    ours.content = "Changed as usual"
    ours.save()
    assert Message.objects.get(pk=ours.pk).content == "Changed as usual"


def test_a_row_is_changed_and_no_other(session: ChatSession) -> None:
    rows = [Message(session=session, role="user", content="before") for _ in range(2)]
    statements.insert(rows)
    assert statements.update(Message, rows[0].pk, **VALUES)
    changed, left = (stored_values(row) for row in rows)
    assert {name: changed[name] for name in VALUES} == VALUES
    assert left["content"] == "before"


def test_constraints_hold(session: ChatSession) -> None:
    pending = [Message(session=session, role="assistant", status="pending") for _ in range(2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert(pending)
    assert not Message.objects.filter(session=session).exists()
