"""Fixtures every test may use."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import SyncToAsync
from django.db import close_old_connections, connections
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from accounts.audit.write_queue import audit_queue
from accounts.limits.current_store import current_store
from core.error_deduplication import incidents
from tests.support.fast_flush import fast_flush
from tests.support.redis_server import RedisServer, running_redis
from tests.support.seeded_data import SeededData
from tests.support.server import seed
from tests.support.world import World, make_world

# How long a case takes says more about the machine than about the code.
hypothesis_settings.register_profile(
    "ragws", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("ragws")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    # Each test opens the database for itself again.
    with django_db_blocker.unblock(), fast_flush(), django_db_blocker.block():
        yield


@pytest.fixture
def world(db: None) -> World:
    """A test that awaits the ORM marks itself `django_db(transaction=True)`."""
    return make_world()


@pytest.fixture(autouse=True)
def returned_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Channels' communicators would keep the connection of each thread until the pool is empty."""
    monkeypatch.setattr("channels.testing.application.no_op", close_old_connections)
    yield
    # The thread that all async tests share keeps the connection of the last test.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in Chinese would leave Django's language active in that thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Limits count from 0 in every test."""
    current_store.cache_clear()


@pytest.fixture(autouse=True)
def closed_incidents() -> Iterator[None]:
    """An error of this test is neither counted nor told with those of the next."""
    yield
    incidents.close()


@pytest.fixture(autouse=True)
def no_audit_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No thread writes audit events into the database of this test or the next."""
    monkeypatch.setattr("accounts.audit.write_queue.FLUSH_EVERY_S", 3600)
    yield
    audit_queue.clear()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded data folder of real servers; each gets a copy."""
    return tmp_path_factory.mktemp("world") / "data"


@pytest.fixture(scope="session")
def seeded(data: Path) -> SeededData:
    """Seeds the data folder; returns its ids and tokens."""
    data.mkdir()
    return seed(data)


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


def pytest_addoption(parser: pytest.Parser) -> None:
    chaos = parser.getgroup("chaos", "what happens at random in tests/chaos")
    chaos.addoption("--chaos-seconds", type=float, help="how long things go wrong")
    chaos.addoption("--soak-rounds", type=int, help="how many visitors come in tests/soak")
    chaos.addoption("--chaos-seed", type=int, help="the seed that a failed run named")


def pytest_collection() -> None:
    """Nothing that is imported becomes garbage, and there is much of it."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays: the collector is not to look through it again and again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers the soak tests start first: they take longest, and would run alone at
    the end."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: "soak" not in item.path.parts)
