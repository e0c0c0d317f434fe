"""While PostgreSQL is unreachable, one connection waits for it and the next ones fail fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.utils import ConnectionHandler
from psycopg import OperationalError

from core.outage import Outage
from ragws.postgresql import base
from tests.support.ports import free_port


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection to a server that does not run."""
    monkeypatch.setattr(base.DatabaseWrapper, "_outage", Outage("PostgreSQL"))
    monkeypatch.setattr(base.DatabaseWrapper, "_fail_fast_until", 0.0)
    monkeypatch.setattr(base, "RETRY_TIMEOUT_S", 0.01)
    pool = {"min_size": 1, "max_size": 1, "timeout": 0.02, "reconnect_timeout": 0.01}
    database = {
        "ENGINE": "ragws.postgresql",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "NAME": "ragws",
        "OPTIONS": {"pool": pool},
    }
    connection: Any = ConnectionHandler({"default": database})["default"]
    yield connection
    connection.close_pool()


def test_after_a_failed_connection_the_next_one_fails_at_once(
    unreachable: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "FAIL_FAST_S", 60)
    with pytest.raises(OperationalError, match=r"after 0\.02 sec"):
        unreachable.get_new_connection(unreachable.get_connection_params())
    with pytest.raises(OperationalError, match="a moment ago"):
        unreachable.get_new_connection(unreachable.get_connection_params())


def test_later_connections_wait_but_not_as_long(
    unreachable: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "FAIL_FAST_S", 0)
    for waited in (r"0\.02", r"0\.01"):
        with pytest.raises(OperationalError, match=f"after {waited} sec"):
            unreachable.get_new_connection(unreachable.get_connection_params())
