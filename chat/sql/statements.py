"""INSERT and UPDATE statements for what every question writes, built once per model.

The ORM compiles each statement anew, which takes ten times as long as running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from django.db import connection
from django.db.models import Field, JSONField, Model

PLAIN = (str, int, bool, type(None))


def insert(rows: Sequence[Model]) -> None:
    """Rows of one model, with all their fields as they are: no default is filled in."""
    statement, fields = _insert_sql(type(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_values(row, fields) for row in rows])
    for row in rows:
        row._state.adding = False


def update(model: type[Model], pk: object, old_status: str = "", /, **values: object) -> bool:
    """Whether there is such a row; with that status before, if one is given."""
    return update_each(model, tuple(values), [(*values.values(), pk)], old_status) > 0


def update_each(
    model: type[Model], names: tuple[str, ...], rows: Sequence[Sequence[object]], status: str = ""
) -> int:
    """Each of `rows` has the values of the fields `names`, then the primary key. If `status` is
    given, rows with another status are left alone. Returns how many rows were updated."""
    if not rows:
        return 0
    statement, fields = _update_sql(model, names)
    if status:
        statement += " AND status = %s"
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [[*map(_as_parameter, fields, row), *([status] if status else [])] for row in rows],
        )
        updated: int = cursor.rowcount
    return updated


def update_pending(model: type[Model], ids: Sequence[object], **values: object) -> int:
    """Give the rows of these ids that are pending the same values. Returns how many there are."""
    if not ids:
        return 0
    statement, (*fields, key) = _update_sql(model, tuple(values))
    placeholders = ", ".join(["%s"] * len(ids))
    statement = statement.removesuffix(" = %s") + f" IN ({placeholders}) AND status = 'pending'"
    parameters = [*map(_as_parameter, fields, values.values())]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *(_as_parameter(key, id) for id in ids)])
        updated: int = cursor.rowcount
    return updated


def insert_children(
    model: type[Model], parent: str, names: tuple[str, ...], rows: Sequence[Sequence[object]]
) -> int:
    """Insert rows with the values of the fields `names`, then the key of their `parent`, unless
    that is not pending. A row with the same parent and other values but the last is replaced.

    Returns how many rows have a pending parent.
    """
    if not rows:
        return 0
    statement, fields = _insert_children_sql(model, parent, names)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[*map(_as_parameter, fields, row)] for row in rows])
        inserted: int = cursor.rowcount
    return inserted


def _values(row: Model, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    return [_as_parameter(field, getattr(row, field.attname)) for field in fields]


def _as_parameter(field: Field[Any, Any], value: object) -> Any:
    """As the field would convert it, without the call for values that need no conversion."""
    if type(value) in PLAIN and not isinstance(field, JSONField):
        return value
    return field.get_db_prep_save(value, connection)


# The SQL is built from names of the models alone, never from a value.
@cache
def _insert_sql(model: type[Model]) -> tuple[str, Sequence[Field[Any, Any]]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    placeholders = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({placeholders})', fields  # noqa: S608


@cache
def _update_sql(model: type[Model], names: Sequence[str]) -> tuple[str, Sequence[Field[Any, Any]]]:
    meta = model._meta
    by_name = {field.name: field for field in meta.concrete_fields}
    fields = [by_name[name] for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{meta.db_table}" SET {changes} WHERE "{meta.pk.column}" = %s'  # noqa: S608
    return statement, [*fields, meta.pk]


@cache
def _insert_children_sql(
    model: type[Model], parent: str, names: tuple[str, ...]
) -> tuple[str, Sequence[Field[Any, Any]]]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in (*names, parent)]
    *others, last, key = [f'"{field.column}"' for field in fields]
    table = cast(type[Model], fields[-1].related_model)._meta.db_table
    placeholders = ", ".join(["%s"] * len(names))
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({", ".join([*others, last, key])})'  # noqa: S608
        f" SELECT {placeholders}, id FROM \"{table}\" WHERE id = %s AND status = 'pending'"
        f" ON CONFLICT ({', '.join([*others, key])}) DO UPDATE SET {last} = excluded.{last}"
    )
    return statement, fields
