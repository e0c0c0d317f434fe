"""What a prepared query reads is what the ORM would have read."""

from __future__ import annotations

from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from chat.models import ChatSession, Dialog, Message
from chat.sql.prepared import PreparedQuery
from core.ids import new_id
from tests.support.world import World

pytestmark = pytest.mark.database

DIALOGS = PreparedQuery(lambda owner, pk: Dialog.objects.filter(owner=owner, pk=pk))
QUESTIONS = PreparedQuery(lambda session: Message.objects.filter(session=session, role="user"))


def values_of(row: Dialog | Message) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def session(world: World) -> ChatSession:
    return ChatSession.objects.create(user=world.alice.user, dialog=world.dialog, name="Ferries")


def test_a_row_is_what_the_orm_reads_and_can_be_saved_again(world: World) -> None:
    dialog = DIALOGS.first(world.alice.user.pk, world.dialog.pk)
    assert dialog is not None
    assert values_of(dialog) == values_of(Dialog.objects.get(pk=world.dialog.pk))
    dialog.name = "Changed as usual"
    dialog.save()
    assert Dialog.objects.get(pk=dialog.pk).name == "Changed as usual"


def test_other_ids_find_other_rows(world: World, session: ChatSession) -> None:
    assert DIALOGS.first(world.bob.user.pk, world.dialog.pk) is None
    assert DIALOGS.first(world.alice.user.pk, new_id()) is None
    bobs_dialog = Dialog.objects.create(owner=world.bob.user, name="Bob's")
    found = DIALOGS.first(world.bob.user.pk, bobs_dialog.pk)
    assert found == bobs_dialog


def test_the_same_id_may_stand_in_two_places(world: World) -> None:
    either = PreparedQuery(
        lambda id: Dialog.objects.filter(owner=id) | Dialog.objects.filter(pk=id)
    )
    assert world.dialog in either.all(world.alice.user.pk)
    assert either.all(world.dialog.pk) == [world.dialog]


def test_values_come_as_the_fields_have_them(session: ChatSession) -> None:
    asked = Message.objects.create(
        session=session, role="user", content="渡轮 %s", kb_ids=["a"], reference={"total": 0}
    )
    Message.objects.create(session=session, role="assistant", question=asked, content="Yes")
    [found] = QUESTIONS.all(session.pk)
    assert values_of(found) == values_of(Message.objects.get(pk=asked.pk))
    assert isinstance(found.pk, UUID)


def test_a_prepared_query_is_one_query(
    session: ChatSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        QUESTIONS.all(session.pk)
