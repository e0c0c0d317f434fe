"""A conversation of Alice's, to be edited."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.chat.conftest import Connect
from tests.support.scripted_engine import ScriptedEngine
from tests.support.talk import Talk
from tests.support.world import World


@pytest.fixture
async def talk(alice: Connect, engine: ScriptedEngine, world: World) -> AsyncIterator[Talk]:
    async with alice() as socket:
        yield Talk(socket, engine, world.alice)
