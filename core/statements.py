"""INSERT and UPDATE statements for many rows at once, built once per model.

The ORM compiles each statement anew, which takes ten times as long as running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

PLAIN = (str, int, bool, type(None))

Statement = tuple[str, "Sequence[Field[Any, Any]]"]


def insert_each(
    model: type[Model], names: tuple[str, ...], rows: Sequence[Sequence[object]]
) -> None:
    """Each of `rows` has the values of the fields `names`; the others are left to the database."""
    if rows:
        statement, fields = insert_sql(model, names)
        with connection.cursor() as cursor:
            cursor.executemany(statement, [as_parameters(fields, row) for row in rows])


def update_each(
    model: type[Model], names: tuple[str, ...], rows: Sequence[Sequence[object]]
) -> None:
    """Each of `rows` has the values of the fields `names`, then the primary key."""
    if rows:
        statement, fields = update_sql(model, names)
        with connection.cursor() as cursor:
            cursor.executemany(statement, [as_parameters(fields, row) for row in rows])


def as_parameters(fields: Sequence[Field[Any, Any]], row: Sequence[object]) -> list[Any]:
    return [*map(as_parameter, fields, row)]


def as_parameter(field: Field[Any, Any], value: object) -> Any:
    """As the field would convert it, without the call for values that need no conversion."""
    if type(value) in PLAIN and not isinstance(field, JSONField):
        return value
    return field.get_db_prep_save(value, connection)


# The SQL is built from names of the models alone, never from a value.
@cache
def insert_sql(model: type[Model], names: tuple[str, ...]) -> Statement:
    fields = _fields(model, names)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    placeholders = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({placeholders})', fields  # noqa: S608


@cache
def update_sql(model: type[Model], names: tuple[str, ...]) -> Statement:
    meta = model._meta
    fields = _fields(model, names)
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{meta.db_table}" SET {changes} WHERE "{meta.pk.column}" = %s'  # noqa: S608
    return statement, [*fields, meta.pk]


def _fields(model: type[Model], names: Sequence[str]) -> list[Field[Any, Any]]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]
