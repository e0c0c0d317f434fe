"""Wrong passwords: counted before they are hashed, by account, and a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from accounts.limits.password_attempts import FREE_FAILURES, MAX_DELAY_S
from accounts.logins import hash_slots as hash_slots_module
from accounts.logins.hash_slots import WAITING_OF_ONE, HashSlots
from accounts.models import User
from core.errors import Unavailable
from tests.support.clock import Clock, use_clock_for_limits
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.django_db

REST = "/api/v1/auth/login"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    settings.ADDRESS_FAILURES_PER_MINUTE = 0
    clock = Clock()
    use_clock_for_limits(clock, monkeypatch)
    return clock


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each password that is hashed."""
    passwords: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        passwords.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return passwords


def by_rest(browser: Client, name: str, password: str) -> Any:
    body = {"username": name, "password": password}
    return browser.post(REST, body, content_type="application/json")


def by_email(browser: Client, name: str, password: str) -> Any:
    body = {"email": f"{name}@example.org", "password": password}
    return browser.post(REST, body, content_type="application/json")


def by_form(browser: Client, name: str, password: str) -> Any:
    return browser.post("/login", {"username": name, "password": password})


def by_admin(browser: Client, name: str, password: str) -> Any:
    return browser.post("/admin/login/?next=/", {"username": name, "password": password})


WAYS = [by_rest, by_email, by_form, by_admin]
Way = Callable[[Client, str, str], Any]


def fail(way: Way, times: int, name: str = "alice", address: str = "192.0.2.66") -> list[int]:
    browser = Client(REMOTE_ADDR=address)
    return [way(browser, name, f"wrong {number}").status_code for number in range(times)]


@pytest.fixture
def alice(world: World) -> User:
    """Staff, so that she can sign in to the admin."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True)
    return world.alice.user


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_each_failure_after_a_few_waits_longer(
    alice: User, clock: Clock, hashed: list[str], way: Way, name: str
) -> None:
    assert 429 not in fail(way, FREE_FAILURES, name)
    waited = []
    for _ in range(12):
        # The first attempt after a wait is looked at, the next one has to wait.
        hashed.clear()
        refused = [way(Client(), name, "wrong") for _ in range(2)]
        assert refused[0].status_code != 429
        assert refused[1].status_code == 429
        assert len(hashed) == 1
        seconds = int(refused[1].headers["Retry-After"])
        assert f"wait {seconds} seconds" in refused[1].content.decode()
        waited.append(seconds)
        clock.advance(seconds)
    assert waited[:5] == [1, 2, 4, 8, 16]
    assert waited[-1] == MAX_DELAY_S


@pytest.mark.parametrize("way", WAYS)
def test_the_owner_comes_in_from_a_browser_that_was_there_before(alice: User, way: Way) -> None:
    browser = Client(REMOTE_ADDR="192.0.2.1")
    assert by_form(browser, "alice", PASSWORD).status_code == 302
    browser.post("/logout")
    fail(by_rest, FREE_FAILURES + 5)
    stranger = Client(REMOTE_ADDR="192.0.2.77")
    assert way(stranger, "alice", PASSWORD).status_code == 429
    # On the road, from another address.
    assert way(Client(REMOTE_ADDR="192.0.2.5"), "alice", PASSWORD).status_code == 429
    there = Client(REMOTE_ADDR="192.0.2.5")
    there.cookies = browser.cookies
    assert way(there, "alice", PASSWORD).status_code in (200, 302)


@pytest.mark.parametrize("usual", ["192.0.2.1", "2001:db8::1"])
def test_the_owner_comes_in_from_the_usual_address(alice: User, usual: str) -> None:
    assert by_rest(Client(REMOTE_ADDR=usual), "alice", PASSWORD).status_code == 200
    fail(by_rest, FREE_FAILURES + 5)
    near = "2001:db8::2" if ":" in usual else usual
    assert by_rest(Client(REMOTE_ADDR=near), "alice", PASSWORD).status_code == 200


def test_a_known_place_is_no_way_around(alice: User, world: World) -> None:
    browser = Client(REMOTE_ADDR="192.0.2.1")
    by_form(browser, "alice", PASSWORD)
    fail(by_rest, FREE_FAILURES + 5)
    codes = [by_rest(browser, "alice", "wrong").status_code for _ in range(FREE_FAILURES + 5)]
    assert codes[:FREE_FAILURES] == [401] * FREE_FAILURES
    assert codes[-1] == 429
    # A cookie of bob's, or a forged one, is none of alice's.
    for cookie in (Client(), Client()):
        by_form(cookie, "bob", PASSWORD)
        cookie.cookies["ragws_known"].set(
            "ragws_known", "x" + cookie.cookies["ragws_known"].value, ""
        )
        assert by_rest(cookie, "alice", PASSWORD).status_code == 429


def test_other_accounts_and_success_are_not_delayed(alice: User, clock: Clock) -> None:
    fail(by_rest, FREE_FAILURES + 5)
    assert by_rest(Client(), "bob", PASSWORD).status_code == 200
    clock.advance(MAX_DELAY_S)
    assert by_rest(Client(), "alice", PASSWORD).status_code == 200
    assert 429 not in fail(by_rest, FREE_FAILURES)


def test_attempts_that_come_too_early_count_for_the_address(alice: User, settings: Any) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = FREE_FAILURES + 10
    codes = fail(by_rest, FREE_FAILURES + 10)
    assert codes.count(401) == FREE_FAILURES + 1
    last = by_rest(Client(REMOTE_ADDR="192.0.2.66"), "alice", "wrong")
    assert "failed authentications a minute for this address" in last.json()["message"]


def test_an_operator_lets_an_account_begin_anew(alice: User) -> None:
    fail(by_rest, FREE_FAILURES + 5)
    root = Client()
    root.force_login(User.objects.create_superuser("root", password=PASSWORD))
    form = {"action": "reset_limits", "_selected_action": alice.pk}
    root.post("/admin/accounts/user/", form)
    assert by_rest(Client(), "alice", PASSWORD).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_none_is_beyond_the_limit(
    world: World, settings: Any, hashed: list[str]
) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 12
    start = threading.Barrier(40)

    def attempt(number: int) -> int:
        browser = Client(REMOTE_ADDR="192.0.2.66")
        start.wait()
        try:
            return int(by_rest(browser, f"name{number}", "wrong").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as people:
        codes = list(people.map(attempt, range(40)))
    assert codes.count(401) == len(hashed) <= 12
    assert codes.count(401) + codes.count(429) + codes.count(503) == 40
    # Who was sent away unheard has not failed.
    left = 12 - codes.count(401)
    again = fail(by_rest, left + 1)
    assert again == [401] * left + [429]


class TestSlots:
    @pytest.fixture
    def slots(self, settings: Any) -> HashSlots:
        settings.PASSWORD_HASHES_AT_ONCE = 2
        return HashSlots()

    @pytest.fixture
    def crowd(self, slots: HashSlots) -> Iterator[Callable[[str], None]]:
        """Starts a thread that hashes until the test is over."""
        is_over = threading.Event()
        threads = []

        def hash_from(network: str) -> None:
            with slots.slot(network):
                is_over.wait()

        def start(network: str) -> None:
            before = slots._waiting.total() + slots._hashing
            thread = threading.Thread(target=hash_from, args=[network])
            threads.append(thread)
            thread.start()
            while slots._waiting.total() + slots._hashing == before:
                pass

        yield start
        is_over.set()
        for thread in threads:
            thread.join()
        assert slots._hashing == slots._waiting.total() == 0

    def test_a_few_hash_and_a_few_wait(
        self, slots: HashSlots, crowd: Callable[[str], None]
    ) -> None:
        for _ in range(2 + WAITING_OF_ONE):
            crowd("192.0.2.66")
        assert slots._hashing == 2
        with pytest.raises(Unavailable) as refused, slots.slot("192.0.2.66"):
            pass
        assert refused.value.details["retry_after"]
        # Another address has its own place in the queue.
        crowd("192.0.2.1")
        assert slots._waiting["192.0.2.1"] == 1

    def test_all_together_are_bounded(
        self,
        slots: HashSlots,
        crowd: Callable[[str], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(hash_slots_module, "WAITING_OF_ALL", 3)
        for number in range(5):
            crowd(f"192.0.2.{number}")
        with pytest.raises(Unavailable), slots.slot("192.0.2.9"):
            pass

    @pytest.mark.parametrize("way", WAYS)
    def test_a_full_queue_is_a_503(
        self, alice: User, monkeypatch: pytest.MonkeyPatch, way: Way
    ) -> None:
        monkeypatch.setattr(hash_slots_module, "WAITING_OF_ALL", 0)
        monkeypatch.setattr(hash_slots_module.hash_slots, "_hashing", 2)
        answer = way(Client(), "alice", PASSWORD)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "try again" in answer.content.decode()
