"""What belongs to somebody is kept by no browser and no proxy."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from accounts.models import User
from core.ids import new_id
from tests.support.routes import Route, all_rest_routes, pages
from tests.support.world import World

READ = [route for route in all_rest_routes() if "GET" in route.methods]


@pytest.fixture
def browser(world: World) -> Client:
    """Of somebody who may see all pages."""
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root"))
    return browser


@pytest.mark.parametrize("route", [*READ, *pages()], ids=lambda route: route.pattern)
def test_a_response_is_not_stored(browser: Client, route: Route) -> None:
    response = browser.get(route.address(lambda _name: new_id().hex))
    assert "no-store" in response.headers["Cache-Control"]


def test_private_data_is_not_stored(browser: Client, world: World) -> None:
    browser.force_login(world.alice.user)
    response = browser.get(f"/api/v1/chats/{world.dialog.pk}/sessions")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


def test_a_refusal_is_not_stored(world: World) -> None:
    response = Client().get("/api/v1/chats")
    assert response.status_code == 401
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_static_file_may_be_stored() -> None:
    response = Client().get(staticfiles_storage.url("console/app.js"))
    assert response.status_code == 200
    assert "no-store" not in response.headers["Cache-Control"]
