"""A migration makes the names of an owner's dialogs differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor

from chat.models import Dialog
from tests.support.world import World

pytestmark = pytest.mark.database


@pytest.mark.django_db(transaction=True)
def test_a_migration_renames_dialogs_of_the_same_name(world: World) -> None:
    before = [("chat", "0012_token_of_a_question")]
    executor = MigrationExecutor(connection)
    executor.migrate(before)
    old = executor.loader.project_state(before).apps.get_model("chat", "Dialog")
    alice, bob = world.alice.user.pk, world.bob.user.pk
    day = datetime(2026, 1, 1, tzinfo=UTC)
    names = ["Tea", "TEA", "tea (2)", "tea", "L" * 255, "l" * 255]
    made = [
        old.objects.create(owner_id=owner, name=name, created_at=day + timedelta(number))
        for number, (owner, name) in enumerate([*((alice, name) for name in names), (bob, "tea")])
    ]
    updated = [row.updated_at for row in made]
    try:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        rows = [Dialog.objects.get(pk=row.pk) for row in made]
        assert [row.name for row in rows] == [
            *("Tea", "TEA (3)", "tea (2)", "tea (4)"),
            *("L" * 255, "l" * 251 + " (2)", "tea"),
        ]
        assert [row.updated_at for row in rows] == updated
        with pytest.raises(IntegrityError):
            Dialog.objects.create(owner=world.alice.user, name="tEA")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
