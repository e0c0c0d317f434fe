"""Chooses the full-text index by the kind of the database."""

from django.db import DEFAULT_DB_ALIAS, connections

from knowledge.index.base import Index
from knowledge.index.postgres import PostgresIndex
from knowledge.index.sqlite import SQLiteIndex

INDEXES: dict[str, type[PostgresIndex | SQLiteIndex]] = {
    "postgresql": PostgresIndex,
    "sqlite": SQLiteIndex,
}


def has_index(using: str = DEFAULT_DB_ALIAS) -> bool:
    return connections[using].vendor in INDEXES


def get_index(using: str = DEFAULT_DB_ALIAS) -> Index:
    connection = connections[using]
    return INDEXES[connection.vendor](connection)
