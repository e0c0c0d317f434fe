"""Login links and the pages for signing in and out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.logins.login_links import issue_login_link, use_login_link
from accounts.models import LoginLink, User
from tests.support.world import PASSWORD, World


def signed_in_user(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


def open_link(browser: Client, secret: str) -> Any:
    """Looks at its page, and presses the button."""
    page = browser.get(f"/login/{secret}")
    return browser.post(f"/login/{secret}") if page.status_code == 200 else page


def test_a_link_signs_in_once(world: World) -> None:
    secret = issue_login_link(world.alice.user)
    browser = Client()
    response = open_link(browser, secret)
    assert response.status_code == 302
    assert response.headers["Location"] == "/"
    assert "no-store" in response.headers["Cache-Control"]
    assert signed_in_user(browser) == str(world.alice.user.pk)

    other = Client()
    response = open_link(other, secret)
    assert response.status_code == 410
    assert "Sign in with your password" in response.content.decode()
    assert signed_in_user(other) is None

    # The browser that is signed in by it is told so.
    assert "You are signed in as" in open_link(browser, secret).content.decode()


@pytest.mark.parametrize("what", ["expired", "deactivated", "new password", "unknown"])
def test_an_invalid_link_signs_in_nobody(world: World, what: str) -> None:
    user = world.alice.user
    secret = issue_login_link(user)
    match what:
        case "expired":
            LoginLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "deactivated":
            User.objects.filter(pk=user.pk).update(is_active=False)
        case "new password":
            user.set_password("quite another one")
            user.save()
        case "unknown":
            secret = "é" * 40
    browser = Client()
    assert open_link(browser, secret).status_code == 410
    assert signed_in_user(browser) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_a_link_at_once_one_is_signed_in(world: World) -> None:
    secret = issue_login_link(world.alice.user)
    start = Barrier(8)

    def use_link(_: int) -> User | None:
        start.wait()
        try:
            return use_login_link(secret)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as people:
        signed_in = [user for user in people.map(use_link, range(8)) if user]
    assert signed_in == [world.alice.user]


def test_a_preview_does_not_use_it_up(world: World) -> None:
    secret = issue_login_link(world.alice.user)
    for method in ("head", "get"):
        preview = Client()
        assert getattr(preview, method)(f"/login/{secret}").status_code == 200
        assert signed_in_user(preview) is None
    assert open_link(Client(), secret).status_code == 302


def test_looking_at_a_link_signs_nobody_into_another_account(world: World) -> None:
    """An attacker may send a link of their own, so that others tell their account what is
    theirs."""
    browser = Client()
    browser.force_login(world.bob.user)
    page = browser.get(f"/login/{issue_login_link(world.alice.user)}")
    assert "no-store" in page.headers["Cache-Control"]
    text = page.content.decode()
    assert "Sign in as alice" in text
    assert "You are signed in as <strong>bob</strong>" in text
    assert signed_in_user(browser) == str(world.bob.user.pk)


def test_a_form_of_another_page_does_not_use_it(world: World) -> None:
    secret = issue_login_link(world.alice.user)
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(f"/login/{secret}").status_code == 403
    assert signed_in_user(browser) is None
    form = {"csrfmiddlewaretoken": "x" * 32}
    browser.cookies["csrftoken"] = "x" * 32
    elsewhere = browser.post(f"/login/{secret}", form, headers={"origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert browser.post(f"/login/{secret}", form).status_code == 302


def test_only_its_hash_is_kept(world: World) -> None:
    secret = issue_login_link(world.alice.user)
    assert secret not in str(LoginLink.objects.values().get())


def test_people_sign_in_and_out_by_the_form(world: World) -> None:
    browser = Client()
    page = browser.get("/login")
    assert page.status_code == 200
    wrong = browser.post("/login", {"username": "alice", "password": "wrong"})
    assert 'role="alert"' in wrong.content.decode()
    right = browser.post("/login?next=/", {"username": "alice", "password": PASSWORD})
    assert right.headers["Location"] == "/"
    assert signed_in_user(browser) == str(world.alice.user.pk)
    assert browser.post("/logout").headers["Location"] == "/login"
    assert signed_in_user(browser) is None


def test_the_form_never_leads_to_another_site(world: World) -> None:
    response = Client().post(
        "/login", {"username": "alice", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response.headers["Location"] == "/"


def test_an_inactive_user_cannot_sign_in_by_the_form(world: World) -> None:
    response = Client().post("/login", {"username": "charlie", "password": PASSWORD})
    assert response.status_code == 200


def test_the_pages_are_translated_to_chinese(world: World) -> None:
    page = Client().get("/login", headers={"accept-language": "zh-CN"}).content.decode()
    assert '<html lang="zh-hans">' in page
    assert "用户名" in page
