"""The usual model settings of a dialog have fields of their own, and are stored together."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from accounts.models import User
from chat.models import Dialog
from tests.chat.admin.test_model_key_form import FORM, page_of
from tests.support.world import World

STORED = {
    "model": "qwen3",
    "base_url": "https://model.example.org/v1",
    "temperature": 0.1,
    "max_tokens": 300,
    "presence_penalty": 0.5,
}


@pytest.fixture
def dialog(world: World) -> Dialog:
    world.dialog.engine = "openai"
    world.dialog.model_settings = dict(STORED)
    world.dialog.save()
    return world.dialog


def shown(page: str) -> dict[str, Any]:
    tree = LexborHTMLParser(page)
    values = {
        (field.attributes["name"] or "").removeprefix("setting_"): field.attributes.get("value")
        for field in tree.css("[name^=setting_]")
    }
    (rest,) = (area.text() for area in tree.css("textarea[name=model_settings]"))
    return {name: value for name, value in values.items() if value} | {"rest": json.loads(rest)}


def save(admin: Client, dialog: Dialog, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The page, and what is stored afterwards."""
    fields = {f"setting_{name}": value for name, value in changes.pop("fields", {}).items()}
    form = {**FORM, "model_settings": "{}", **fields, **changes}
    page = admin.post(page_of(dialog), form).content.decode()
    dialog.refresh_from_db()
    return html.unescape(page), dialog.model_settings


def test_fields_show_the_usual_settings_and_json_the_rest(admin: Client, dialog: Dialog) -> None:
    assert shown(admin.get(page_of(dialog)).content.decode()) == {
        "model": "qwen3",
        "base_url": "https://model.example.org/v1",
        "temperature": "0.1",
        "max_tokens": "300",
        "rest": {"presence_penalty": 0.5},
    }


def test_what_is_shown_is_saved_as_it_was(admin: Client, dialog: Dialog) -> None:
    fields = shown(admin.get(page_of(dialog)).content.decode())
    rest = json.dumps(fields.pop("rest"))
    assert save(admin, dialog, fields=fields, model_settings=rest)[1] == STORED


def test_an_emptied_field_is_no_setting(admin: Client, dialog: Dialog) -> None:
    assert save(admin, dialog, fields={"model": "qwen3", "top_p": "0"})[1] == {
        "model": "qwen3",
        "top_p": 0,
    }


def test_a_value_that_no_field_can_show_stays_in_the_json(admin: Client, dialog: Dialog) -> None:
    Dialog.objects.filter(pk=dialog.pk).update(model_settings={"temperature": "hot"})
    page = admin.get(page_of(dialog)).content.decode()
    assert shown(page) == {"rest": {"temperature": "hot"}}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("temperature", "3", "`temperature` must be a number from 0 to 2."),
        ("max_tokens", "0", "`max_tokens` must be a whole number"),
        ("base_url", "model.example.org", "`base_url` must be an address"),
        ("base_url", "http://10.0.0.7/v1", "`base_url` is not a public address."),
        ("chat_id", "abc", "`chat_id` is not a model setting"),
        ("max_tokens", "many", "Enter a whole number."),
    ],
)
def test_what_is_wrong_is_said_once_at_the_field(
    admin: Client, dialog: Dialog, name: str, value: str, sentence: str
) -> None:
    page, stored = save(admin, dialog, fields={name: value})
    assert stored == STORED
    errors = LexborHTMLParser(page).css("ul.errorlist")
    assert [sentence in error.text() for error in errors] == [True]
    assert f"field-setting_{name}" in (errors[0].parent.attributes["class"] or "")  # type: ignore[union-attr]
    assert shown(page)[name] == value


def test_two_values_for_one_setting_are_refused(admin: Client, dialog: Dialog) -> None:
    page, stored = save(
        admin, dialog, fields={"temperature": "0.2"}, model_settings='{"temperature": 0.3}'
    )
    assert "another `temperature`" in page
    assert stored == STORED


def test_the_key_is_not_sent_to_another_address_of_the_field(admin: Client, dialog: Dialog) -> None:
    dialog.set_model_key("sekret-4711")
    dialog.save()
    page, stored = save(admin, dialog, fields={"base_url": "https://evil.example.org/v1"})
    assert "enter its key, or forget it" in page
    assert stored == STORED


def test_a_chat_of_ragflow_has_its_own_fields(admin: Client, dialog: Dialog) -> None:
    _, stored = save(admin, dialog, engine="ragflow", fields={"chat_id": "abc", "timeout_s": "90"})
    assert stored == {"chat_id": "abc", "timeout_s": 90}
    tree = LexborHTMLParser(admin.get(page_of(dialog)).content.decode())
    engines = {
        field.attributes["name"]: field.attributes["data-engines"]
        for field in tree.css("[data-engines]")
    }
    assert engines["setting_chat_id"] == "ragflow"
    assert engines["setting_temperature"] == "openai"
    assert engines["setting_base_url"] == "openai ragflow"


def test_who_may_only_look_sees_all_settings_as_json(dialog: Dialog) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_dialog"))
    browser = Client()
    browser.force_login(looker)
    page = html.unescape(browser.get(page_of(dialog)).content.decode())
    assert '"model": "qwen3"' in page
    assert "setting_model" not in page
