"""The form of a dialog in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chat.models import Dialog
from knowledge.models import KnowledgeBase
from tests.support.world import World

pytestmark = pytest.mark.database


DIALOGS = "/admin/chat/dialog/"


def save(browser: Client, world: World, **changes: Any) -> Any:
    form = {
        "name": "Shop",
        "owner": world.alice.user.pk,
        "engine": "extractive",
        "knowledge_bases": [world.knowledge_base.pk],
        "top_n": 4,
        "similarity_threshold": 0.3,
        "answer_threshold": 0.5,
        "opener": "Hello",
        "model_settings": "{}",
        **changes,
    }
    return browser.post(DIALOGS + "add/", form)


def test_only_the_owner_of_a_dialog_is_led_to_the_playground(world: World, admin: Client) -> None:
    page = f"{DIALOGS}{world.dialog.pk}/change/"
    link = f'href="/?chat={world.dialog.pk.hex}"'
    assert link not in admin.get(page).content.decode()
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True, is_superuser=True)
    admin.force_login(world.alice.user)
    assert link in admin.get(page).content.decode()


def test_a_dialog_is_created(world: World, admin: Client) -> None:
    page = admin.get(DIALOGS + "add/").content.decode()
    assert "Handbook (alice)" in page
    assert '<option value="openai">' in page
    saved = save(admin, world, model_settings='{"temperature": 0.1}')
    assert saved.status_code == 302
    dialog = Dialog.objects.get(name="Shop")
    assert dialog.owner == world.alice.user
    assert dialog.model_settings == {"temperature": 0.1}
    assert list(dialog.knowledge_bases.all()) == [world.knowledge_base]
    page = admin.get(f"{DIALOGS}{dialog.pk}/change/").content.decode()
    assert f'<code id="chat-{dialog.pk.hex}">{dialog.pk.hex}</code>' in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model_settings": "{"}, "Enter a valid JSON"),
        ({"model_settings": "[1]"}, "Model settings must be a JSON object"),
        ({"model_settings": '{"temperature": "hot"}'}, "`temperature` must be a number"),
        ({"model_settings": '{"temperature": NaN}'}, "`temperature` must be a number"),
        ({"model_settings": '{"tempo": 1}'}, "`tempo` is not a model setting"),
        ({"starters": "Who?\nWho?"}, "A question of `starters` is there twice"),
        ({"starters": "\n".join("abcdefg")}, "`starters` may have at most 6 questions"),
        ({"engine": "unknown"}, "Select a valid choice"),
        ({"similarity_threshold": 2}, "less than or equal to 1"),
        ({"top_n": 0}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_field_of_a_dialog_is_named(
    world: World, admin: Client, changes: dict[str, Any], sentence: str
) -> None:
    page = save(admin, world, **changes)
    assert sentence in page.content.decode()
    assert not Dialog.objects.filter(name="Shop").exists()


def test_emptied_model_settings_are_saved_as_none(world: World, admin: Client) -> None:
    assert save(admin, world, model_settings="").status_code == 302
    assert Dialog.objects.get(name="Shop").model_settings == {}


def test_starters_are_entered_one_a_line(world: World, admin: Client) -> None:
    assert save(admin, world, starters="Who?\r\n\r\n 谁？ \r\n").status_code == 302
    dialog = Dialog.objects.get(name="Shop")
    assert dialog.starters == ["Who?", "谁？"]
    page = admin.get(f"{DIALOGS}{dialog.pk}/change/").content.decode()
    assert ">\nWho?\n谁？</textarea>" in page


def test_a_name_is_one_dialog_s_of_an_owner_whatever_its_case(world: World, admin: Client) -> None:
    sentence = "There is a dialog “HELPDESK” of this owner already."
    assert save(admin, world, name="Shop").status_code == 302
    added = save(admin, world, name="HELPDESK").content.decode()
    assert added.count(sentence) == 1
    shop = Dialog.objects.get(name="Shop")
    address = f"{DIALOGS}{shop.pk}/change/"
    form = {"engine": "extractive", "top_n": 4, "similarity_threshold": 0.3}
    form |= {"answer_threshold": 0.5, "model_settings": "{}"}
    changed = admin.post(address, {**form, "name": "HELPDESK"}).content.decode()
    assert changed.count(sentence) == 1
    # Its own name in another case, and a name of another owner's.
    assert admin.post(address, {**form, "name": "SHOP"}).status_code == 302
    theirs = {"owner": world.bob.user.pk, "knowledge_bases": []}
    assert save(admin, world, name="HELPDESK", **theirs).status_code == 302
    names = Dialog.objects.order_by("name").values_list("name", flat=True)
    assert sorted(names) == ["HELPDESK", "Helpdesk", "SHOP"]


def test_a_dialog_has_knowledge_bases_of_its_owner_only(world: World, admin: Client) -> None:
    foreign = KnowledgeBase.objects.create(owner=world.bob.user, name="Bob's")
    page = save(admin, world, knowledge_bases=[world.knowledge_base.pk, foreign.pk])
    assert "Bob&#x27;s: not a knowledge base of alice." in page.content.decode()

    address = f"{DIALOGS}{world.dialog.pk}/change/"
    page = admin.get(address).content.decode()
    assert "Handbook (alice)" in page
    assert "Bob&#x27;s" not in page


def test_an_engine_that_is_no_longer_configured_is_kept_and_marked(
    world: World, admin: Client
) -> None:
    Dialog.objects.filter(pk=world.dialog.pk).update(engine="gateway")
    page = admin.get(f"{DIALOGS}{world.dialog.pk}/change/").content.decode()
    assert "gateway (not in the settings)" in page
