"""PostgreSQL that is away: the first waits for it, those behind are told what came of it."""

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
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection to a server that is not there."""
    monkeypatch.setattr(base.DatabaseWrapper, "_outage", Outage("PostgreSQL"))
    monkeypatch.setattr(base.DatabaseWrapper, "_known_until", 0.0)
    monkeypatch.setattr(base, "WAIT_AGAIN_S", 0.01)
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


def test_who_comes_next_is_told_at_once(away: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KNOWN_FOR_S", 60)
    with pytest.raises(OperationalError, match=r"after 0\.02 sec"):
        away.get_new_connection(away.get_connection_params())
    with pytest.raises(OperationalError, match="a moment ago"):
        away.get_new_connection(away.get_connection_params())


def test_who_comes_later_tries_but_not_as_long(away: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KNOWN_FOR_S", 0)
    for waited in (r"0\.02", r"0\.01"):
        with pytest.raises(OperationalError, match=f"after {waited} sec"):
            away.get_new_connection(away.get_connection_params())
