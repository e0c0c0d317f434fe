"""The key of a dialog's model server can be set in the admin, and is never shown there."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from accounts.models import User
from chat.models import Dialog
from core.encryption import Undecryptable
from tests.support.world import World

KEY = "sekret-4711-of-alice"
ELSEWHERE = "https://model.example.org/v1"
FORM = {
    "name": "Helpdesk",
    "engine": "openai",
    "top_n": "4",
    "similarity_threshold": "0.3",
    "answer_threshold": "0.5",
}


@pytest.fixture
def dialog(world: World) -> Dialog:
    world.dialog.model_settings = {"model": "qwen3", "base_url": ELSEWHERE}
    world.dialog.set_model_key(KEY)
    world.dialog.save()
    return world.dialog


def page_of(dialog: Dialog) -> str:
    return f"/admin/chat/dialog/{dialog.pk}/change/"


def save(admin: Client, dialog: Dialog, **changes: str) -> dict[str, Any]:
    """The model settings afterwards, as the engine gets them. The key is not among those stored."""
    form = {
        **FORM,
        "model_settings": f'{{"model": "qwen3", "base_url": "{ELSEWHERE}"}}',
        **changes,
    }
    admin.post(page_of(dialog), form)
    dialog.refresh_from_db()
    assert "api_key" not in dialog.model_settings
    return dialog.model_options()


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


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ('"sk-4713-quoted"', "between quotes"),
        ("“sk-4713-quoted”", "between quotes"),
        ("sk-4713\u200b-joined", "invisible characters (U+200B)"),
        ("sk-4713\xa0joined", "invisible characters (U+00A0)"),
        ("\ufeffsk-4713", "invisible characters (U+FEFF)"),
        ("Bearer sk-4713", "without `Bearer`"),
        ("OPENAI_API_KEY=sk-4713", "without the name of a variable"),
        ("sk-4713 sk-4714", "a space"),
        ("sk-4713-***-abc", "shown in part"),
        ("ｓｋ-4713", "printable ASCII"),
    ],
)
@pytest.mark.parametrize("is_among_settings", [True, False])
def test_a_key_that_copying_spoilt_is_refused_with_the_reason(
    admin: Client, dialog: Dialog, pasted: str, reason: str, is_among_settings: bool
) -> None:
    settings = {"base_url": ELSEWHERE, **({"api_key": pasted} if is_among_settings else {})}
    form = {**FORM, "model_settings": json.dumps(settings)}
    page = admin.post(
        page_of(dialog), form if is_among_settings else {**form, "api_key": pasted}
    ).content.decode()
    assert reason in html.unescape(page)
    assert "4713" not in page
    dialog.refresh_from_db()
    assert dialog.model_options()["api_key"] == KEY


def test_a_key_in_settings_that_are_no_json_is_not_repeated(admin: Client, dialog: Dialog) -> None:
    broken = '{"api_key": "sk-4713-whole", "model": }'
    page = admin.post(page_of(dialog), {**FORM, "model_settings": broken}).content.decode()
    assert "valid JSON" in page
    assert "4713" not in page


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("http://localhost:11434/v1", "not a public address"),
        ("http://10.0.0.7/v1", "not a public address"),
        ("http://[::1]:8000/v1", "not a public address"),
        ("http://169.254.169.254/latest", "not a public address"),
        ("https://model.example.org/v1?api_key=abc", "has a key in it"),
        ("https://user:pw@model.example.org/v1", "no name and password"),
    ],
)
def test_an_address_that_a_dialog_may_not_have_is_refused(
    admin: Client, dialog: Dialog, base_url: str, reason: str
) -> None:
    form = {**FORM, "api_key": KEY, "model_settings": json.dumps({"base_url": base_url})}
    page = admin.post(page_of(dialog), form).content.decode()
    assert reason in page
    assert save(admin, dialog)["base_url"] == ELSEWHERE


def test_an_address_that_the_operator_allows_is_saved(
    admin: Client, dialog: Dialog, settings: Any
) -> None:
    site = {**settings.ENGINES["openai"], "PRIVATE_NETWORKS": ["10.0.0.0/8"]}
    settings.ENGINES = {**settings.ENGINES, "openai": site}
    allowed = '{"base_url": "http://10.0.0.7/v1?api-version=2024-10-21"}'
    saved = save(admin, dialog, model_settings=allowed, api_key=KEY)
    assert saved["base_url"] == "http://10.0.0.7/v1?api-version=2024-10-21"


class TestAtRest:
    def test_the_database_has_no_key(self, dialog: Dialog) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM chat_dialog")
            assert KEY not in str(cursor.fetchall())

    def test_staff_who_may_only_look_see_no_key(self, dialog: Dialog) -> None:
        staff = User.objects.create_user("looker", password="correct horse battery", is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename="view_dialog"))
        browser = Client()
        browser.force_login(staff)
        page = browser.get(page_of(dialog)).content.decode()
        assert "qwen3" in page
        assert KEY not in page
        assert dialog.encrypted_model_key not in page

    @pytest.mark.parametrize("column", ["model_settings__api_key", "encrypted_model_key"])
    def test_no_filter_asks_for_a_key(self, admin: Client, dialog: Dialog, column: str) -> None:
        for query in (f"{column}__startswith=s", f"{column}__startswith=x"):
            answer = admin.get(f"/admin/chat/dialog/?{query}")
            assert answer.status_code in (302, 400)

    def test_a_key_survives_a_new_secret_key(self, dialog: Dialog, settings: Any) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another " * 8
        assert dialog.model_options()["api_key"] == KEY
        call_command("reencrypt")
        settings.SECRET_KEY_FALLBACKS = []
        dialog.refresh_from_db()
        assert dialog.model_options()["api_key"] == KEY

    def test_a_key_that_cannot_be_read_is_named_by_its_dialog(
        self, dialog: Dialog, settings: Any
    ) -> None:
        settings.SECRET_KEY = "another " * 8
        with pytest.raises(Undecryptable):
            dialog.model_options()
        with pytest.raises(CommandError, match=dialog.name):
            call_command("reencrypt")

    def test_a_key_among_the_settings_of_a_new_dialog_is_moved(self, world: World) -> None:
        options = json.dumps({"model": "m", "api_key": KEY})
        chat_id = call_command("createdialog", "New", user="alice", model_settings=options)
        dialog = Dialog.objects.get(pk=chat_id)
        assert dialog.model_settings == {"model": "m"}
        assert dialog.model_options()["api_key"] == KEY


@pytest.mark.django_db(transaction=True)
def test_the_migration_moves_keys_and_back(world: World) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("chat", "0004_detect_leaks")])
    old = executor.loader.project_state([("chat", "0004_detect_leaks")]).apps
    before = old.get_model("chat", "Dialog").objects.get(pk=world.dialog.pk)
    before.model_settings = {"model": "m", "api_key": KEY}
    before.save()
    try:
        migrate_to_the_end()
        dialog = Dialog.objects.get(pk=world.dialog.pk)
        assert dialog.model_settings == {"model": "m"}
        assert dialog.model_options()["api_key"] == KEY
        MigrationExecutor(connection).migrate([("chat", "0004_detect_leaks")])
        before.refresh_from_db()
        assert before.model_settings == {"model": "m", "api_key": KEY}
    finally:
        migrate_to_the_end()


def migrate_to_the_end() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
