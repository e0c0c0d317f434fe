"""Logs mini program users in through the REST endpoint, as their phones do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.support.fakes.mini_programs import APP_ID, SECRET, Platform
from tests.support.world import World


@pytest.fixture
def platform(settings: LazySettings) -> Iterator[Platform]:
    """One fake server for all three platforms."""
    with Platform() as platform:
        there = {"APP_ID": APP_ID, "SECRET": SECRET, "BASE_URL": platform.base_url}
        settings.MINI_PROGRAMS = {
            name: {**options, **there} for name, options in settings.MINI_PROGRAMS.items()
        }
        yield platform


@pytest.fixture
def opened(world: World) -> World:
    """Alice's dialog is open to mini programs."""
    world.dialog.for_mini_programs = True
    world.dialog.save()
    return world


def log_in(code: str, name: str = "wechat", **fields: Any) -> Any:
    body = json.dumps({"code": code, **fields})
    return Client().post(f"/api/v1/auth/{name}", body, content_type="application/json")


def logged_in(platform: Platform, open_id: str, **fields: Any) -> dict[str, Any]:
    """The `data` of a successful login."""
    response = log_in(platform.code_of(open_id), **fields)
    assert response.status_code == 200, response.content
    data: dict[str, Any] = response.json()["data"]
    return data
