"""Fixtures every test may use."""

from __future__ import annotations

import pytest

from tests.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """A test that awaits the ORM marks itself `django_db(transaction=True)`."""
    return make_world()
