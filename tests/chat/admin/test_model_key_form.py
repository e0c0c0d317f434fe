"""The key of a dialog's model server can be set in the admin, and is never shown there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chat.models import Dialog
from tests.support.world import World

KEY = "sekret-4711-of-alice"
ELSEWHERE = "https://model.example.org/v1"
FORM = {"name": "Helpdesk", "engine": "openai", "top_n": "4", "similarity_threshold": "0.3"}


@pytest.fixture
def admin(world: World) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", password="correct horse battery"))
    return browser


@pytest.fixture
def dialog(world: World) -> Dialog:
    world.dialog.model_settings = {"model": "qwen3", "base_url": ELSEWHERE, "api_key": KEY}
    world.dialog.save()
    return world.dialog


def page_of(dialog: Dialog) -> str:
    return f"/admin/chat/dialog/{dialog.pk}/change/"


def save(admin: Client, dialog: Dialog, **changes: str) -> dict[str, Any]:
    """The model settings that are stored afterwards."""
    form = {
        **FORM,
        "model_settings": f'{{"model": "qwen3", "base_url": "{ELSEWHERE}"}}',
        **changes,
    }
    admin.post(page_of(dialog), form)
    dialog.refresh_from_db()
    return dict(dialog.model_settings)


def test_the_key_is_not_shown(admin: Client, dialog: Dialog) -> None:
    page = admin.get(page_of(dialog)).content.decode()
    assert "qwen3" in page
    assert "A key is kept" in page
    assert KEY not in page
    assert KEY not in admin.get("/admin/chat/dialog/").content.decode()
    save(admin, dialog, name="Renamed", api_key="another-4712")
    assert KEY not in admin.get(f"/admin/chat/dialog/{dialog.pk}/history/").content.decode()


def test_the_key_stays_when_the_field_is_empty(admin: Client, dialog: Dialog) -> None:
    assert save(admin, dialog, name="Renamed")["api_key"] == KEY


def test_the_key_is_replaced(admin: Client, dialog: Dialog) -> None:
    assert save(admin, dialog, api_key="another-4712")["api_key"] == "another-4712"


def test_the_key_is_removed(admin: Client, dialog: Dialog) -> None:
    assert "api_key" not in save(admin, dialog, forget_api_key="on")


def test_a_key_among_the_model_settings_is_used_as_well(admin: Client, dialog: Dialog) -> None:
    settings = f'{{"base_url": "{ELSEWHERE}", "api_key": "another-4712"}}'
    assert save(admin, dialog, model_settings=settings)["api_key"] == "another-4712"


def test_the_key_is_not_sent_to_another_server(admin: Client, dialog: Dialog) -> None:
    evil = '{"base_url": "https://evil.example.org/v1"}'
    page = admin.post(
        page_of(dialog),
        {**FORM, "model_settings": evil},
    ).content.decode()
    assert "enter its key, or forget it" in page
    assert KEY not in page
    assert save(admin, dialog)["base_url"] == ELSEWHERE
    assert "api_key" not in save(admin, dialog, model_settings=evil, forget_api_key="on")


def test_an_invalid_key_is_not_repeated(admin: Client, dialog: Dialog) -> None:
    page = admin.post(
        page_of(dialog), {"api_key": "schlüssel-4713", "model_settings": "{}"}
    ).content.decode()
    assert "schlüssel-4713" not in page
