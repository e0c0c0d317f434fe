"""*Test the connection*: the model of a dialog is asked for one word, and its answer is shown."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from chat.admin import connection
from chat.engines import registry
from chat.models import Dialog
from tests.support.fakes.model_server import ModelServer
from tests.support.fakes.ragflow_server import CHAT, RAGFlowServer
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def model(settings: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with ModelServer() as server:
        site = {"BASE_URL": server.base_url, "API_KEY": server.key, "MODEL": "fake-1"}
        settings.ENGINES = {**settings.ENGINES, "openai": settings.ENGINES["openai"] | site}
        registry.get_engine.cache_clear()
        yield server
    registry.get_engine.cache_clear()


@pytest.fixture
async def ragflow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RAGFlowServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with RAGFlowServer() as server:
        site = {"BASE_URL": server.base_url, "API_KEY": server.key}
        settings.ENGINES = {**settings.ENGINES, "ragflow": settings.ENGINES["ragflow"] | site}
        registry.get_engine.cache_clear()
        yield server
    registry.get_engine.cache_clear()


@sync_to_async
def try_it(dialog: Dialog, engine: str, key: str = "", **model_settings: Any) -> tuple[str, str]:
    """What the page says, and the audit log."""
    dialog.engine, dialog.model_settings = engine, model_settings
    dialog.set_model_key(key)
    dialog.save()
    browser = Client()
    root, _ = User.objects.get_or_create(username="root", is_superuser=True, is_staff=True)
    browser.force_login(root)
    page = browser.post(url_of(dialog), follow=True).content.decode()
    assert "<b>" not in page
    event = AuditEvent.objects.filter(what__contains=dialog.pk.hex).latest("pk")
    return html.unescape(page), event.detail


def url_of(dialog: Dialog) -> str:
    return reverse("admin:chat_dialog_test", args=[dialog.pk])


async def test_the_answer_of_the_model_is_shown(world: World, model: ModelServer) -> None:
    model.will_say("<b>", "Ready")
    page, audited = await try_it(world.dialog, "openai", temperature=0.2)
    assert "The connection works. The model says: <b>Ready" in page
    assert audited.endswith("connection tested: works")
    (request,) = model.requests
    assert request.body["temperature"] == 0.2
    assert "ready" in request.question


async def test_a_long_answer_is_cut_and_stopped(world: World, model: ModelServer) -> None:
    model.will_say(*["many words "] * 50)
    page, _ = await try_it(world.dialog, "openai")
    assert "many words " * 9 in page
    assert "many words " * 10 not in page


async def test_the_sentence_of_the_engine_says_what_is_wrong(
    world: World, model: ModelServer
) -> None:
    page, audited = await try_it(world.dialog, "openai", key="sk-wrong-4711")
    assert "The connection does not work: " in page
    assert "key" in page.partition("The connection does not work: ")[2][:120]
    assert "sk-wrong-4711" not in page + audited
    assert audited.endswith("connection tested: failed")


async def test_an_address_that_is_not_allowed_is_not_asked(
    world: World, model: ModelServer
) -> None:
    page, _ = await try_it(
        world.dialog, "openai", model="fake-1", base_url=f"http://localhost:{model.port}/other/v1"
    )
    assert "The connection does not work: " in page
    assert model.requests == []


async def test_a_model_that_is_silent_is_not_waited_for(
    world: World, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_S", 1)
    model.will_send(asyncio.Event())
    page, _ = await try_it(world.dialog, "openai")
    assert "The connection does not work: No word within 1 second." in page


async def test_a_chat_of_ragflow_is_asked_as_check_ragflow_does(
    world: World, ragflow: RAGFlowServer
) -> None:
    page, _ = await try_it(world.dialog, "ragflow", chat_id=CHAT)
    assert "The connection works. The model says: " in page
    assert len(ragflow.completions) == 1
    page, _ = await try_it(world.dialog, "ragflow", key="ragflow-wrong", chat_id=CHAT)
    assert "The connection does not work: " in page
    assert len(ragflow.completions) == 1
    page, _ = await try_it(world.dialog, "ragflow")
    assert "No chat is named." in page


async def test_only_so_many_are_tested_at_once(world: World, model: ModelServer) -> None:
    with connection._places, connection._places:
        page, _ = await try_it(world.dialog, "openai")
    assert "Other connections are being tested" in page
    assert model.requests == []


class TestWhoMay:
    def test_only_who_may_change_the_dialog(self, world: World, client: Client) -> None:
        Dialog.objects.filter(pk=world.dialog.pk).update(engine="load")
        staff = User.objects.create_user("staff", is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename="view_dialog"))
        client.force_login(staff)
        page = reverse("admin:chat_dialog_change", args=[world.dialog.pk])
        assert "Test the connection" not in client.get(page).content.decode()
        assert client.post(url_of(world.dialog)).status_code == 403
        staff.user_permissions.add(Permission.objects.get(codename="change_dialog"))
        assert client.post(url_of(world.dialog)).status_code == 302
        assert client.get(url_of(world.dialog)).status_code == 405

    def test_an_engine_without_a_model_has_no_button(self, world: World, client: Client) -> None:
        root = User.objects.create_superuser("root")
        client.force_login(root)
        Dialog.objects.filter(pk=world.dialog.pk).update(engine="extractive")
        page = reverse("admin:chat_dialog_change", args=[world.dialog.pk])
        assert "Test the connection" not in client.get(page).content.decode()
        answer = client.post(url_of(world.dialog), follow=True).content.decode()
        assert "asks no model" in answer
        Dialog.objects.filter(pk=world.dialog.pk).update(engine="openai")
        assert "Test the connection" in client.get(page).content.decode()
