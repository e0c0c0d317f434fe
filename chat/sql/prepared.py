"""Prepared queries for what every question reads: the SQL of the ORM, compiled only once.

The ORM compiles each query anew, which takes ten times as long as running it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from inspect import signature
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet, UUIDField
from django.db.models.expressions import BaseExpression

Row = TypeVar("Row", bound=Model)

ID: UUIDField[UUID, UUID] = UUIDField()
Converters = Sequence[tuple[int, Sequence[Callable[..., Any]], BaseExpression]]


class _Plan(NamedTuple, Generic[Row]):
    model: type[Row]
    sql: str
    parameters: tuple[Any, ...]
    # Pairs: the index of a parameter, and the number of the id that goes there.
    id_positions: Sequence[tuple[int, int]]
    columns: Sequence[str]
    converters: Converters


class PreparedQuery(Generic[Row]):
    """`build` is called once, with a placeholder for each id: it may filter by them, not read
    them. The rows are whole rows of one model, without what `select_related` would add."""

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self._build = build

    def all(self, *ids: UUID) -> list[Row]:
        parameters = list(self._plan.parameters)
        for index, number in self._plan.id_positions:
            parameters[index] = _as_parameter(ids[number])
        with connection.cursor() as cursor:
            cursor.execute(self._plan.sql, parameters)
            rows = cursor.fetchall()
        return [self._row(values) for values in rows]

    def first(self, *ids: UUID) -> Row | None:
        return next(iter(self.all(*ids)), None)

    def _row(self, values: Iterable[Any]) -> Row:
        converted = list(values)
        for index, converters, expression in self._plan.converters:
            for convert in converters:
                converted[index] = convert(converted[index], expression, connection)
        return self._plan.model.from_db(connection.alias, self._plan.columns, converted)

    @cached_property
    def _plan(self) -> _Plan[Row]:
        placeholders = [uuid4() for _ in signature(self._build).parameters]
        rows = self._build(*placeholders)
        compiler = rows.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        numbers = {_as_parameter(id): number for number, id in enumerate(placeholders)}
        columns = [expression for expression, _, _ in compiler.select or ()]
        return _Plan(
            model=rows.model,
            sql=sql,
            parameters=tuple(parameters),
            id_positions=[
                (index, numbers[value])
                for index, value in enumerate(parameters)
                if value in numbers
            ],
            columns=[column.target.attname for column in columns],
            converters=[
                (index, converters, expression)
                for index, (converters, expression) in compiler.get_converters(columns).items()
            ],
        )


def _as_parameter(id: UUID) -> Any:
    return ID.get_db_prep_value(id, connection)
