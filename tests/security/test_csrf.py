"""Forms and scripts of other pages, sent by a browser that is signed in here."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Dialog
from tests.support.rest_client import make_session
from tests.support.routes import pages, rest_routes
from tests.support.world import PASSWORD, World

EVIL = "https://evil.example"
OURS = "http://testserver"
SECRET = "x" * 32
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def browser(world: World) -> Client:
    """Alice's, who may do everything: only the page stands in the way."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True, is_superuser=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user)
    return browser


def with_secret(browser: Client) -> Client:
    """As if a page of ours had been read."""
    browser.cookies[settings.CSRF_COOKIE_NAME] = SECRET
    return browser


def test_no_page_takes_a_form_of_another_page(browser: Client) -> None:
    """Not without the secret of our forms, and not from elsewhere with it."""
    for page in pages():
        address = page.address(lambda _: "0" * 32)
        assert browser.post(address).status_code == 403, address
    with_secret(browser)
    form = {"csrfmiddlewaretoken": SECRET}
    for page in pages():
        address = page.address(lambda _: "0" * 32)
        answer = browser.post(address, form, headers={"origin": EVIL})
        assert answer.status_code == 403, address


def test_nothing_of_rest_is_changed_by_another_page(browser: Client) -> None:
    """With the cookie alone; what takes no cookie does nothing with it."""
    for route in rest_routes():
        address = route.address(lambda _: "0" * 32)
        for method in set(CHANGING).intersection(route.methods):
            answer = browser.generic(method, address, "{}", "application/json")
            takes_cookie = bool(route.view and route.view.authentication_classes)
            expected = (403,) if takes_cookie else (400, 401, 404)
            assert answer.status_code in expected, (method, address)
            # Nor from elsewhere with the secret: there, the cookie is nobody's.
            headers = {"origin": EVIL, "x-csrftoken": SECRET}
            answer = with_secret(browser).generic(
                method, address, "{}", "application/json", headers=headers
            )
            expected = (401,) if takes_cookie else (400, 401, 404)
            assert answer.status_code in expected, (method, address)
            del browser.cookies[settings.CSRF_COOKIE_NAME]


def test_our_own_pages_may(browser: Client, world: World) -> None:
    """So that the refusals above are not for another reason."""
    with_secret(browser)
    session = make_session(world.dialog)
    address = f"/api/v1/chats/{world.dialog.pk.hex}/sessions/{session.pk.hex}"
    headers = {"origin": OURS, "x-csrftoken": SECRET}
    renamed = browser.put(address, {"name": "Mine"}, "application/json", headers=headers)
    assert renamed.json()["data"]["name"] == "Mine"
    form = {"csrfmiddlewaretoken": SECRET, "post": "yes"}
    gone = reverse("admin:chat_dialog_delete", args=[world.dialog.pk])
    assert browser.post(gone, form, headers={"origin": OURS}).status_code == 302
    assert not Dialog.objects.filter(pk=world.dialog.pk).exists()


@pytest.mark.parametrize("door", ["/login", "/admin/login/"])
def test_nobody_is_signed_in_by_another_page(world: World, door: str) -> None:
    """As somebody else, that is, so that they tell the attacker's account what is theirs."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True)
    form: dict[str, Any] = {"username": "alice", "password": PASSWORD}
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(door, form).status_code == 403
    with_secret(browser)
    form["csrfmiddlewaretoken"] = SECRET
    assert browser.post(door, form, headers={"origin": EVIL}).status_code == 403
    assert settings.SESSION_COOKIE_NAME not in browser.cookies
    assert browser.post(door, form, headers={"origin": OURS}).status_code == 302
    assert settings.SESSION_COOKIE_NAME in browser.cookies


def test_reading_a_page_signs_nobody_out(browser: Client) -> None:
    for address in ("/logout", "/admin/logout/"):
        assert browser.get(address).status_code == 405
    assert browser.get("/").status_code == 200
