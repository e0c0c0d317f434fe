"""Which errors of the database are its absence, and which are our mistakes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from core.outage import is_away


def django_s(error: sqlite3.Error) -> OperationalError:
    wrapped = OperationalError(*error.args)
    wrapped.__cause__ = error
    return wrapped


def test_a_database_that_takes_nothing_is_away(tmp_path: Path) -> None:
    file = tmp_path / "busy.sqlite3"
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN EXCLUSIVE")
    assert is_away(django_s(caught.value))


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_so_is_one_that_cannot_be_reached(kind: type[Exception]) -> None:
    assert is_away(kind("connection refused"))


@pytest.mark.django_db
def test_a_table_that_is_missing_is_our_mistake() -> None:
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM nowhere")
    assert not is_away(caught.value)
    assert not is_away(ValueError("something else"))
