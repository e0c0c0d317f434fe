"""Fixtures every test may use."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.world import World, make_world

# How long a case takes says more about the machine than about the code.
hypothesis_settings.register_profile(
    "ragws", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("ragws")


@pytest.fixture
def world(db: None) -> World:
    """A test that awaits the ORM marks itself `django_db(transaction=True)`."""
    return make_world()
