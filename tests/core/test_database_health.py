"""A database that accepts no writes is noticed, and a crowd of health checks writes once."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import connection

from core import database_health
from core.database_health import DatabaseHealth, accepts_writes

pytestmark = pytest.mark.database


@pytest.mark.django_db
def test_a_database_that_can_be_written_accepts_writes() -> None:
    assert accepts_writes()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_can_only_be_read_does_not(caplog: pytest.LogCaptureFixture) -> None:
    is_sqlite = connection.vendor == "sqlite"
    off = "PRAGMA query_only = on" if is_sqlite else "SET default_transaction_read_only = on"
    on = "PRAGMA query_only = off" if is_sqlite else "SET default_transaction_read_only = off"
    with connection.cursor() as cursor:
        cursor.execute(off)
    try:
        assert not accepts_writes()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(on)
    assert "The database accepts no writes" in caplog.text
    assert accepts_writes()


async def test_many_checks_write_once(monkeypatch: pytest.MonkeyPatch) -> None:
    writes = []

    def write() -> bool:
        writes.append(1)
        return False

    monkeypatch.setattr(database_health, "accepts_writes", write)
    health = DatabaseHealth()
    found = await asyncio.gather(*(health.is_writable() for _ in range(50)))
    found.append(await health.is_writable())
    assert not any(found)
    assert len(writes) == 1


async def test_a_write_that_hangs_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(database_health, "accepts_writes", released.wait)
    monkeypatch.setattr(database_health, "PATIENCE_S", 0)
    health = DatabaseHealth()
    assert not await health.is_writable()
    released.set()
    monkeypatch.setattr(database_health, "PATIENCE_S", 30)
    assert await health.is_writable()
