"""Which database errors are an outage, and which are bugs of ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from core.outage import is_away


def as_django_raises(error: sqlite3.Error) -> OperationalError:
    wrapped = OperationalError(*error.args)
    wrapped.__cause__ = error
    return wrapped


def test_a_database_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    file = tmp_path / "busy.sqlite3"
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN EXCLUSIVE")
    assert is_away(as_django_raises(caught.value))


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_cannot_be_reached_is_away(kind: type[Exception]) -> None:
    assert is_away(kind("connection refused"))


@pytest.mark.django_db
def test_a_missing_table_is_a_bug() -> None:
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM nowhere")
    assert not is_away(caught.value)
    assert not is_away(ValueError("something else"))
