"""What is written with every question, in SQL that is put together once.

The ORM compiles each statement anew, which takes ten times as long as running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def insert(rows: Sequence[Model]) -> None:
    """Of one model, with all their fields as they are: nothing is filled in."""
    statement, fields = _insertion(type(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_values(row, fields) for row in rows])
    for row in rows:
        row._state.adding = False


def update(model: type[Model], pk: object, **values: object) -> None:
    statement, fields = _change(model, tuple(values))
    converted = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, (*values.values(), pk), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, converted)


def _values(row: Model, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


# What they are put together from is the models' own names, never a value.
@cache
def _insertion(model: type[Model]) -> tuple[str, Sequence[Field[Any, Any]]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places})', fields  # noqa: S608


@cache
def _change(model: type[Model], names: Sequence[str]) -> tuple[str, Sequence[Field[Any, Any]]]:
    meta = model._meta
    by_name = {field.name: field for field in meta.concrete_fields}
    fields = [by_name[name] for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{meta.db_table}" SET {changes} WHERE "{meta.pk.column}" = %s'  # noqa: S608
    return statement, [*fields, meta.pk]
