"""INSERT and UPDATE statements for what every question writes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from django.db import connection
from django.db.models import Field, Model

from core.statements import as_parameter, as_parameters, insert_each, update_sql


def insert(rows: Sequence[Model]) -> None:
    """Rows of one model, with all their fields as they are: no default is filled in."""
    model = type(rows[0])
    fields = model._meta.concrete_fields
    values = [[getattr(row, field.attname) for field in fields] for row in rows]
    insert_each(model, tuple(field.name for field in fields), values)
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
    statement, fields = update_sql(model, names)
    if status:
        statement += " AND status = %s"
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [[*map(as_parameter, fields, row), *([status] if status else [])] for row in rows],
        )
        updated: int = cursor.rowcount
    return updated


def update_pending(model: type[Model], ids: Sequence[object], **values: object) -> int:
    """Give the rows of these ids that are pending the same values. Returns how many there are."""
    if not ids:
        return 0
    statement, (*fields, key) = update_sql(model, tuple(values))
    placeholders = ", ".join(["%s"] * len(ids))
    statement = statement.removesuffix(" = %s") + f" IN ({placeholders}) AND status = 'pending'"
    parameters = [*map(as_parameter, fields, values.values())]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *(as_parameter(key, id) for id in ids)])
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
        cursor.executemany(statement, [as_parameters(fields, row) for row in rows])
        inserted: int = cursor.rowcount
    return inserted


# The SQL is built from names of the models alone, never from a value.
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
