"""Forms and scripts of other sites, sent by a browser that is signed in here."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Dialog
from tests.support.rest_client import make_session
from tests.support.routes import all_rest_routes, pages
from tests.support.world import PASSWORD, World

EVIL = "https://evil.example"
# There only with `RAGFLOW_BOOTSTRAP`.
BOOTSTRAP = re.compile("/v1/(user|llm)/")
OURS = "http://testserver"
SECRET = "x" * 32
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def browser(world: World) -> Client:
    """Alice's browser with all permissions, so that only CSRF protection can refuse."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True, is_superuser=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user)
    return browser


def with_csrf_cookie(browser: Client) -> Client:
    """As if one of our pages had been loaded."""
    browser.cookies[settings.CSRF_COOKIE_NAME] = SECRET
    return browser


def test_no_page_accepts_a_form_of_another_site(browser: Client) -> None:
    """Neither without the CSRF token, nor with it from another origin."""
    for page in pages():
        address = page.address(lambda _: "0" * 32)
        assert browser.post(address).status_code == 403, address
    with_csrf_cookie(browser)
    form = {"csrfmiddlewaretoken": SECRET}
    for page in pages():
        address = page.address(lambda _: "0" * 32)
        answer = browser.post(address, form, headers={"origin": EVIL})
        assert answer.status_code == 403, address


def test_no_rest_view_accepts_a_request_of_another_site(browser: Client) -> None:
    """By the cookie alone; views that accept no cookie ignore it."""
    for route in all_rest_routes():
        if BOOTSTRAP.search(route.pattern):
            continue
        address = route.address(lambda _: "0" * 32)
        for method in set(CHANGING).intersection(route.methods):
            answer = browser.generic(method, address, "{}", "application/json")
            takes_cookie = bool(route.view and route.view.authentication_classes)
            expected = (403,) if takes_cookie else (400, 401, 404)
            assert answer.status_code in expected, (method, address)
            # Nor with the CSRF token from another origin: the cookie is ignored then.
            headers = {"origin": EVIL, "x-csrftoken": SECRET}
            answer = with_csrf_cookie(browser).generic(
                method, address, "{}", "application/json", headers=headers
            )
            expected = (401,) if takes_cookie else (400, 401, 404)
            assert answer.status_code in expected, (method, address)
            del browser.cookies[settings.CSRF_COOKIE_NAME]


def test_our_own_pages_are_accepted(browser: Client, world: World) -> None:
    """Shows that the refusals above have no other reason."""
    with_csrf_cookie(browser)
    session = make_session(world.dialog)
    address = f"/api/v1/chats/{world.dialog.pk.hex}/sessions/{session.pk.hex}"
    headers = {"origin": OURS, "x-csrftoken": SECRET}
    renamed = browser.put(address, {"name": "Mine"}, "application/json", headers=headers)
    assert renamed.json()["data"]["name"] == "Mine"
    form = {"csrfmiddlewaretoken": SECRET, "post": "yes"}
    gone = reverse("admin:chat_dialog_delete", args=[world.dialog.pk])
    assert browser.post(gone, form, headers={"origin": OURS}).status_code == 302
    assert not Dialog.objects.filter(pk=world.dialog.pk).exists()


@pytest.mark.parametrize("page", ["/login", "/admin/login/"])
def test_another_page_cannot_sign_a_browser_in(world: World, page: str) -> None:
    """Login CSRF: the victim would type private data into the attacker's account."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True)
    form: dict[str, Any] = {"username": "alice", "password": PASSWORD}
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(page, form).status_code == 403
    with_csrf_cookie(browser)
    form["csrfmiddlewaretoken"] = SECRET
    assert browser.post(page, form, headers={"origin": EVIL}).status_code == 403
    assert settings.SESSION_COOKIE_NAME not in browser.cookies
    assert browser.post(page, form, headers={"origin": OURS}).status_code == 302
    assert settings.SESSION_COOKIE_NAME in browser.cookies


def test_a_get_request_does_not_sign_out(browser: Client) -> None:
    for address in ("/logout", "/admin/logout/"):
        assert browser.get(address).status_code == 405
    assert browser.get("/").status_code == 200
