"""Rate limits over HTTP: headers show what is left; a refusal says how long to wait."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.support.clock import Clock, use_clock_for_limits
from tests.support.rest_client import client_of, data_of
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.django_db

CHATS = "/api/v1/chats"
LOGIN = "/api/v1/auth/login"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    use_clock_for_limits(clock, monkeypatch)
    monkeypatch.setattr("accounts.limits.headers.time.time", clock)
    return clock


def check_refusal(response: Any, message: str, retry_after: int) -> None:
    assert response.status_code == 429
    assert response.headers["Retry-After"] == str(retry_after)
    if response.headers["Content-Type"] == "application/json":
        body = {"code": 429, "message": message, "data": {"retry_after": retry_after}}
        assert response.json() == body
    else:
        assert response.content.decode() == message


def test_headers_show_what_is_left_of_each_limit(settings: Any, clock: Clock, world: World) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = 100
    settings.ADDRESS_FAILURES_PER_MINUTE = 10
    settings.TOKEN_HANDSHAKES_PER_MINUTE = 50
    settings.USER_HANDSHAKES_PER_MINUTE = 200
    alice = client_of(world.alice)
    data_of(alice.get(CHATS))
    clock.advance(20)
    headers = alice.get(CHATS).headers
    assert headers["RateLimit-Policy"] == (
        '"address-failures";q=10;w=60, "address-handshakes";q=100;w=60,'
        ' "token-handshakes";q=50;w=60, "user-handshakes";q=200;w=60'
    )
    assert headers["RateLimit"] == (
        '"address-failures";r=10;t=60, "address-handshakes";r=98;t=40,'
        ' "token-handshakes";r=48;t=40, "user-handshakes";r=198;t=40'
    )


def test_without_limits_there_are_no_headers(settings: Any, world: World) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = settings.ADDRESS_FAILURES_PER_MINUTE = 0
    settings.TOKEN_HANDSHAKES_PER_MINUTE = settings.USER_HANDSHAKES_PER_MINUTE = 0
    assert "RateLimit" not in client_of(world.alice).get(CHATS).headers


def test_errors_have_the_headers_too(world: World) -> None:
    response = Client().get(CHATS)
    assert response.status_code == 401
    assert '"address-failures"' in response.headers["RateLimit"]


def test_requests_from_one_address_are_limited(settings: Any, clock: Clock, world: World) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = 2
    for _ in range(2):
        data_of(client_of(world.alice).get(CHATS))
    message = "At most 2 handshakes and requests a minute for this address"
    check_refusal(client_of(world.bob).get(CHATS), message, 60)
    clock.advance(60)
    data_of(client_of(world.alice).get(CHATS))


def test_requests_with_one_token_are_limited(settings: Any, clock: Clock, world: World) -> None:
    settings.TOKEN_HANDSHAKES_PER_MINUTE = 1
    alice = client_of(world.alice)
    data_of(alice.get(CHATS))
    check_refusal(
        alice.get(CHATS), "At most 1 handshakes and requests a minute for this API token", 60
    )
    data_of(client_of(world.bob).get(CHATS))
    clock.advance(60)
    data_of(alice.get(CHATS))


def fail_with_a_token(browser: Client) -> Any:
    return browser.get(CHATS, headers={"authorization": "Bearer ragflow-nonsense"})


def fail_over_rest(browser: Client) -> Any:
    body = {"username": "alice", "password": "wrong"}
    return browser.post(LOGIN, body, content_type="application/json")


def fail_with_a_refresh_token(browser: Client) -> Any:
    body = {"refresh_token": "wrong"}
    return browser.post("/api/v1/auth/refresh", body, content_type="application/json")


def fail_at_the_sign_in_form(browser: Client) -> Any:
    return browser.post("/login", {"username": "alice", "password": "wrong"})


def fail_at_the_admin(browser: Client) -> Any:
    return browser.post("/admin/login/", {"username": "alice", "password": "wrong"})


def fail_with_a_link(browser: Client) -> Any:
    return browser.get("/login/nonsense")


FAILURES = [
    fail_with_a_token,
    fail_over_rest,
    fail_with_a_refresh_token,
    fail_at_the_sign_in_form,
    fail_at_the_admin,
    fail_with_a_link,
]


@pytest.mark.parametrize("fail", FAILURES)
def test_after_too_many_failures_no_credential_is_looked_up(
    settings: Any, clock: Clock, world: World, fail: Any, django_assert_num_queries: Any
) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 2
    browser = Client()
    for _ in range(2):
        assert fail(browser).status_code in (200, 401, 410)
    message = "At most 2 failed authentications a minute for this address"
    for again in FAILURES:
        with django_assert_num_queries(0):
            check_refusal(again(browser), message, 60)
    assert client_of(world.alice).get("/login", REMOTE_ADDR="192.0.2.2").status_code == 200
    clock.advance(60)
    assert fail(browser).status_code in (200, 401, 410)


def test_successful_requests_are_no_failures(settings: Any, world: World) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 1
    browser = Client()
    for _ in range(3):
        browser.get("/login")
        form = {"username": "alice", "password": PASSWORD}
        assert browser.post("/login", form).status_code == 302
        assert browser.get(CHATS).status_code == 200


def test_other_pages_are_not_counted(settings: Any) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = 1
    for _ in range(3):
        assert Client().get("/").status_code == 302


def test_behind_a_proxy_the_client_s_address_is_counted(settings: Any, world: World) -> None:
    settings.TRUSTED_PROXIES = settings.ADDRESS_HANDSHAKES_PER_MINUTE = 1
    alice = client_of(world.alice)
    for number in (1, 2):
        alice.get(CHATS, headers={"x-forwarded-for": f"192.0.2.{number}"})
        again = alice.get(CHATS, headers={"x-forwarded-for": f"192.0.2.{number}"})
        assert again.status_code == 429
    world.alice.token_row.refresh_from_db()
    assert world.alice.token_row.last_used_from == "192.0.2.1"
