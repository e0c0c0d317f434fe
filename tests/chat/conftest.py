"""A dialog whose engine follows a script, and sockets to talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.engines import registry
from chat.models import Dialog
from ragws.server_hub import hub
from tests.support.communicator import Socket, connected
from tests.support.scripted_engine import BACKEND, ScriptedEngine
from tests.support.world import World

Connect = Callable[[], AbstractAsyncContextManager[Socket]]


@pytest.fixture
async def engine(monkeypatch: pytest.MonkeyPatch, settings: Any) -> AsyncIterator[ScriptedEngine]:
    """What is still being written when the test ends is stopped and saved."""
    engine = ScriptedEngine()
    settings.ENGINES = {
        **settings.ENGINES,
        "scripted": {"BACKEND": BACKEND},
    }
    monkeypatch.setattr("chat.answers.generation.get_engine", {"scripted": engine}.__getitem__)
    yield engine
    await hub.drain(0)
    hub.draining = False
    registry.get_engine.cache_clear()


@pytest.fixture
async def dialog(transactional_db: None, world: World, engine: ScriptedEngine) -> Dialog:
    @sync_to_async
    def scripted() -> Dialog:
        return Dialog.objects.create(owner=world.alice.user, name="Scripted", engine="scripted")

    return await scripted()


@pytest.fixture
def alice(world: World, dialog: Dialog) -> Connect:
    return partial(connected, world.alice, dialog.pk.hex)


@pytest.fixture
def bob(world: World, dialog: Dialog) -> Connect:
    return partial(connected, world.bob, dialog.pk.hex)
