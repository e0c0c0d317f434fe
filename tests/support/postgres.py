"""Creates, disconnects and drops databases on a running PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from core.ids import new_id
from tests.support.requirements import require

# The role that tests/services.sh creates. It may only create databases.
SERVER = os.environ.get("TEST_POSTGRES", "postgres://ragws_test:ragws_test@127.0.0.1:5432")
CONNECT_S = 5


class PostgresDatabase:
    def __init__(self) -> None:
        self.name = f"ragws_{new_id().hex}"

    @property
    def url(self) -> str:
        return f"{SERVER}/{self.name}"

    def create(self) -> None:
        _run("CREATE DATABASE {}", self.name)

    def drop(self) -> None:
        _run("DROP DATABASE {} WITH (FORCE)", self.name)

    def refuse_connections(self) -> None:
        """As if the server had stopped: drops all connections and accepts no new ones."""
        _run("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", self.name)
        self.drop_connections()

    def accept_connections(self) -> None:
        _run("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", self.name)

    def refuse_writes(self) -> None:
        """As a standby does, and a server whose disk is full."""
        _run("ALTER DATABASE {} SET default_transaction_read_only = on", self.name)
        self.drop_connections()

    def accept_writes(self) -> None:
        _run("ALTER DATABASE {} RESET default_transaction_read_only", self.name)
        self.drop_connections()

    def drop_connections(self) -> None:
        """As if the server had been restarted."""
        with _server() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self.name],
            )


@contextmanager
def postgres_database() -> Iterator[PostgresDatabase]:
    require("PostgreSQL", _is_there())
    database = PostgresDatabase()
    database.create()
    try:
        yield database
    finally:
        database.drop()


def _server() -> psycopg.Connection:
    return psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=CONNECT_S)


def _run(statement: str, name: str) -> None:
    with _server() as connection:
        connection.execute(SQL(statement).format(Identifier(name)))


def _is_there() -> bool:
    try:
        _server().close()
    except psycopg.OperationalError:
        return False
    return True
