"""What `/readyz` looks at, and how often."""

from __future__ import annotations

import asyncio

import pytest
from pytest_django.fixtures import Settings

from chat.answers.hub import Hub
from chat.live.store import MemoryStore
from ragws import readiness
from ragws.readiness import Leaving, Readiness

pytestmark = pytest.mark.django_db(transaction=True)


class Store(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.asked = 0

    async def is_reachable(self) -> bool:
        self.asked += 1
        return not self.is_away


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def ready(store: Store) -> Readiness:
    return Readiness(Hub("a hub of the test", store))


async def test_all_is_well(ready: Readiness) -> None:
    assert set((await ready.checks()).values()) == {"ok"}


@pytest.mark.parametrize(("is_away", "said"), [(True, "away"), (False, "ok")])
async def test_redis_is_looked_at(
    ready: Readiness, store: Store, settings: Settings, is_away: bool, said: str
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.is_away = is_away
    assert (await ready.checks())["redis"] == said


async def test_nothing_is_said_of_redis_where_none_is_used(ready: Readiness) -> None:
    assert set(await ready.checks()) == {"database", "migrations", "process"}


async def test_a_migration_is_missing(ready: Readiness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_last_migrations", lambda: frozenset({("chat", "9999_new")}))
    assert (await ready.checks())["migrations"] == "missing"


async def test_the_server_was_told_to_stop(
    ready: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = Leaving()
    monkeypatch.setattr(readiness, "leaving", leaving)
    assert (await ready.checks())["process"] == "ok"
    leaving.is_leaving = True
    assert (await ready.checks())["process"] == "stopping"


async def test_many_probes_cost_one_look(ready: Readiness, store: Store) -> None:
    await asyncio.gather(*(ready.checks() for _ in range(50)))
    await ready.checks()
    assert store.asked == 1
