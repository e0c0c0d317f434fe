"""The audit log: what is recorded, in rows and lines, and what happens if it cannot be written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone, translation

from accounts.api_tokens.tokens import issue_token, revoke_tokens, rotate_token
from accounts.audit import write_queue as queue_module
from accounts.audit.actor import Actor
from accounts.audit.events import Event, clean_up
from accounts.audit.record import record
from accounts.audit.refusal_budget import PERIOD_S, ROWS_OF_ALL, ROWS_OF_ONE, RefusalBudget
from accounts.audit.write_queue import AuditQueue, audit_queue
from accounts.logins.refresh_tokens import begin_login, refresh_login
from accounts.models import Action, APIToken, AuditEvent, User
from tests.support.clock import Clock
from tests.support.world import PASSWORD, World

ALICE = Actor(username="alice", credential="token ragflow-7FqW…x3Kd", address="192.0.2.7")


def newest() -> AuditEvent:
    event = AuditEvent.objects.first()
    assert event
    return event


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


class TestWhatIsRecorded:
    def test_issuing_rotating_and_revoking_a_token(self, world: World) -> None:
        AuditEvent.objects.all()._raw_delete("default")
        issued = issue_token(world.alice.user, "report")
        rotated = rotate_token(issued.token, timedelta(hours=1))
        revoke_tokens(APIToken.objects.filter(pk=rotated.token.pk))
        assert actions() == ["token_issued", "token_issued", "token_rotated", "token_revoked"]
        event = newest()
        assert event.what == f"apitoken {rotated.token.pk.hex}"
        assert event.detail == rotated.token.hint
        assert (event.username, event.credential) == ("", "shell")

    def test_signing_in_and_out_at_a_page(self, world: World) -> None:
        browser = Client(REMOTE_ADDR="192.0.2.9")
        browser.post("/login", {"username": "alice", "password": PASSWORD})
        event = newest()
        assert (event.action, event.username, event.address) == ("login", "alice", "192.0.2.9")
        browser.post("/logout")
        event = newest()
        assert (event.action, event.username, event.credential) == ("logout", "alice", "cookie")

    def test_a_login_and_the_second_use_of_its_refresh_token(self, world: World) -> None:
        login = begin_login(world.alice.user)
        assert (newest().action, newest().username) == ("login", "alice")
        refresh_login(login.refresh_token)
        answer = Client().post(
            "/api/v1/auth/refresh",
            {"refresh_token": login.refresh_token},
            content_type="application/json",
        )
        assert answer.status_code == 401
        assert newest().action == "logout"
        audit_queue.flush()
        theft = AuditEvent.objects.get(action=Action.REFUSED)
        assert theft.detail == "a refresh token was used twice"
        assert theft.username == "alice"

    @pytest.mark.parametrize(("name", "whose"), [("alice", "alice"), ("hunter2", "no such user")])
    def test_a_failed_login_records_names_of_users_only(
        self, world: World, name: str, whose: str
    ) -> None:
        for path in ("/login", "/admin/login/"):
            Client().post(path, {"username": name, "password": "wrong one"})
        Client().post(
            "/api/v1/auth/login",
            {"username": name, "password": "wrong one"},
            content_type="application/json",
        )
        audit_queue.flush()
        event = AuditEvent.objects.get(action=Action.LOGIN_FAILED)
        assert (event.detail, event.times, event.address) == (whose, 3, "127.0.0.1")
        assert not AuditEvent.objects.filter(detail__contains="hunter2").exists()

    def test_a_refused_credential_of_a_rest_request(self, world: World) -> None:
        revoke_tokens(APIToken.objects.filter(user=world.alice.user))
        bearer = {"Authorization": f"Bearer {world.alice.token}"}
        assert Client().get("/api/v1/chats", headers=bearer).status_code == 401
        audit_queue.flush()
        event = AuditEvent.objects.get(action=Action.REFUSED)
        assert event.credential == f"token {world.alice.token_row.hint}"
        assert (event.what, event.detail) == ("/api/v1/chats", "This API token was revoked")

    @pytest.mark.parametrize(
        ("limit", "username"),
        [("ADDRESS_HANDSHAKES_PER_MINUTE", ""), ("TOKEN_HANDSHAKES_PER_MINUTE", "alice")],
    )
    def test_requests_over_a_limit(
        self, world: World, settings: Any, limit: str, username: str
    ) -> None:
        setattr(settings, limit, 1)
        settings.TRUSTED_PROXIES = 1
        headers = {
            "Authorization": f"Bearer {world.alice.token}",
            "X-Forwarded-For": "192.0.2.8",
        }
        codes = [Client().get("/api/v1/chats", headers=headers).status_code for _ in range(3)]
        assert codes == [200, 429, 429]
        audit_queue.flush()
        event = AuditEvent.objects.get(action=Action.LIMITED)
        assert (event.username, event.address, event.times) == (username, "192.0.2.8", 2)
        assert event.detail.startswith("At most 1 handshakes")

    def test_the_actor_of_a_rest_request(self, world: World) -> None:
        login = begin_login(world.alice.user)
        bearer = {"Authorization": f"Bearer {login.access.text}"}
        made = Client().post(
            "/api/v1/tokens", {"name": "phone"}, "application/json", headers=bearer
        )
        assert made.status_code == 201
        event = newest()
        assert (event.action, event.username) == ("token_issued", "alice")
        assert event.credential.startswith("jwt ")

    def test_a_mistyped_token_is_not_quoted(self, world: World) -> None:
        almost = world.alice.token[:-1] + "!"
        Client().get("/api/v1/chats", headers={"Authorization": f"Bearer {almost}"})
        audit_queue.flush()
        assert newest().credential == "token"


class TestTheAdmin:
    @pytest.fixture
    def root(self, world: World) -> Client:
        browser = Client()
        browser.force_login(User.objects.create_superuser("root", password=PASSWORD))
        return browser

    def test_events_can_be_searched_and_viewed(self, world: World, root: Client) -> None:
        record(Action.DELETE, "chatsession 5", "by request", ALICE)
        page = root.get("/admin/accounts/auditevent/", {"q": "192.0.2.7", "action": "delete"})
        text = page.content.decode()
        assert "chatsession 5" in text
        assert "token ragflow-7FqW…x3Kd" in text
        assert root.get(f"/admin/accounts/auditevent/{newest().pk}/change/").status_code == 200

    def test_events_are_read_only_and_for_permitted_staff_only(
        self, world: World, root: Client
    ) -> None:
        record(Action.DELETE, "chatsession 5", actor=ALICE)
        page = f"/admin/accounts/auditevent/{newest().pk}"
        assert root.get("/admin/accounts/auditevent/add/").status_code == 403
        assert root.get(f"{page}/delete/").status_code == 403
        assert root.post(f"{page}/change/", {"what": "nothing"}).status_code == 403
        bob = Client()
        bob.force_login(world.bob.user)
        assert bob.get("/admin/accounts/auditevent/").status_code == 302
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        assert bob.get("/admin/accounts/auditevent/").status_code == 403

    def test_changes_made_in_the_admin_are_recorded(self, world: World, root: Client) -> None:
        group = {"name": "Librarians", "permissions": []}
        root.post("/admin/auth/group/add/", group)
        event = newest()
        assert (event.action, event.username, event.detail) == ("add", "root", "Librarians")
        pk = event.what.removeprefix("group ")
        root.post(f"/admin/auth/group/{pk}/change/", {**group, "name": "Readers"})
        event = newest()
        assert (event.action, event.detail) == ("change", 'Readers ["Name"]')
        root.post(f"/admin/auth/group/{pk}/delete/", {"post": "yes"})
        event = newest()
        assert (event.action, event.what, event.detail) == ("delete", f"group {pk}", "Readers")


class TestRows:
    def test_an_event_is_rolled_back_with_its_transaction(self, world: World) -> None:
        before = AuditEvent.objects.count()
        with transaction.atomic():
            issue_token(world.alice.user, "report")
            transaction.set_rollback(True)
        assert AuditEvent.objects.count() == before

    def test_events_cannot_be_changed_or_deleted(self, world: World) -> None:
        event = newest()
        for change in (event.save, event.delete, AuditEvent.objects.all().delete):
            with pytest.raises(TypeError):
                change()
        with pytest.raises(TypeError):
            AuditEvent.objects.update(what="nothing")

    def test_events_outlive_their_user(self, world: World) -> None:
        issue_token(world.bob.user, "report")
        record(Action.LOGIN, user=world.bob.user)
        world.bob.user.delete()
        assert AuditEvent.objects.filter(username="bob").exists()

    def test_old_events_are_cleaned_up(self, world: World, settings: Any) -> None:
        settings.AUDIT_DAYS = 30
        AuditEvent.objects.all()._raw_delete("default")
        for days in (29, 31, 400):
            AuditEvent(at=timezone.now() - timedelta(days=days), action=Action.LOGIN).save()
        assert clean_up() == 2
        assert AuditEvent.objects.count() == 1
        settings.AUDIT_DAYS = 0
        AuditEvent(at=timezone.now() - timedelta(days=9000), action=Action.LOGIN).save()
        assert clean_up() == 0

    def test_no_secret_gets_in(self, world: World) -> None:
        record(Action.READ, f"thing {world.alice.token}", f"?token={world.alice.token}")
        assert world.alice.token not in newest().what + newest().detail

    def test_any_text_from_clients_can_be_stored(self, db: None) -> None:
        record(Action.READ, "/v1/\0\ud800" + "x" * 1000)
        assert newest().what.startswith("/v1/?x")

    def test_a_line_has_nothing_that_steers_a_terminal_or_ends_it(
        self, db: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "ragws.audit"):
            own = AuditQueue()
            actor = Actor(username="al\u202eice", end_user="v\u20281", address="192.0.2.7")
            own.add(Event(Action.REFUSED, actor, "/v1/\x9b31m\u200b漢", "a\u2029b\x7f\x1b"))
            own.flush()
            own.clear()
        (line,) = caplog.messages
        assert line.isprintable()
        told = json.loads(line)
        assert (told["user"], told["end_user"]) == ("al\u202eice", "v\u20281")
        assert "漢" in line
        # Pages show the row.
        assert newest().what.isprintable()


class TestRefusals:
    """Anyone can cause any number of them."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def own(self, clock: Clock, db: None) -> Iterator[AuditQueue]:
        queue = AuditQueue()
        queue._budget = RefusalBudget(clock)
        yield queue
        queue.clear()

    def test_one_address_fills_a_few_rows_in_a_minute(self, own: AuditQueue, clock: Clock) -> None:
        for number in range(600):
            own.add(Event(Action.REFUSED, Actor(address="192.0.2.7"), f"/v1/{number}"))
        own.add(Event(Action.REFUSED, Actor(address="192.0.2.8"), "/v1/other"))
        own.flush()
        rows = AuditEvent.objects.filter(address="192.0.2.7")
        assert rows.count() == ROWS_OF_ONE + 1
        assert sum(rows.values_list("times", flat=True)) == 600
        assert AuditEvent.objects.filter(address="192.0.2.8", what="/v1/other").exists()
        clock.advance(PERIOD_S)
        own.add(Event(Action.REFUSED, Actor(address="192.0.2.7"), "/v1/later"))
        own.flush()
        assert newest().what == "/v1/later"

    def test_many_addresses_and_a_network_are_bounded_as_well(self, own: AuditQueue) -> None:
        for number in range(ROWS_OF_ONE + 10):
            own.add(Event(Action.LOGIN_FAILED, Actor(address=f"2001:db8::{number:x}"), "x"))
        for number in range(ROWS_OF_ALL + 100):
            address = f"192.0.{number // 200}.{number % 200}"
            own.add(Event(Action.LIMITED, Actor(address=address), "/api/v1/chats"))
        own.flush()
        assert AuditEvent.objects.count() == ROWS_OF_ALL + 2
        whole = ROWS_OF_ONE + 10 + ROWS_OF_ALL + 100
        assert sum(AuditEvent.objects.values_list("times", flat=True)) == whole

    def test_the_rest_is_one_row_a_minute_not_one_a_second(self, own: AuditQueue) -> None:
        for second in range(5):
            for number in range(ROWS_OF_ONE):
                own.add(Event(Action.REFUSED, Actor(address="192.0.2.7"), f"/{second}/{number}"))
            own.flush(everything=False)
        assert AuditEvent.objects.count() == ROWS_OF_ONE
        own.flush()
        assert AuditEvent.objects.count() == ROWS_OF_ONE + 1

    def test_what_is_let_in_is_recorded_one_by_one(self, own: AuditQueue) -> None:
        for number in range(100):
            own.add(Event(Action.CONNECT, Actor(username="alice", end_user=f"v{number}")))
        own.flush()
        assert AuditEvent.objects.count() == 100


class TestQueue:
    def test_equal_events_are_one_row(self, db: None) -> None:
        own = AuditQueue()
        for _ in range(500):
            own.add(Event(Action.CONNECT, ALICE, "/v1/ws/chat"))
        own.add(Event(Action.CONNECT, Actor(username="bob"), "/v1/ws/chat"))
        own.flush()
        assert dict(AuditEvent.objects.values_list("username", "times")) == {"alice": 500, "bob": 1}
        own.clear()

    def test_events_wait_for_a_database_that_rejects_them(
        self, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        own = AuditQueue()

        def full(*_: Any) -> None:
            raise DatabaseError("database or disk is full")

        with monkeypatch.context() as full_disk:
            full_disk.setattr(queue_module, "save", full)
            own.add(Event(Action.CONNECT, ALICE))
            own.flush()
        assert "The audit log will be written later" in caplog.text
        assert "database or disk is full" in caplog.text
        assert not AuditEvent.objects.exists()
        own.add(Event(Action.REFUSED, ALICE))
        own.flush()
        assert actions() == ["connect", "refused"]
        own.clear()

    def test_a_flood_of_events_is_bounded(
        self, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(queue_module, "MAX_WAITING", 10)
        own = AuditQueue()
        for number in range(25):
            own.add(Event(Action.REFUSED, Actor(address=f"192.0.2.{number}")))
        own.flush()
        assert AuditEvent.objects.count() == 10
        assert "lost 15 events" in caplog.text
        own.clear()

    @pytest.mark.django_db(transaction=True)
    def test_events_are_written_by_a_timer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queue_module, "FLUSH_EVERY_S", 0.01)
        own = AuditQueue()
        own.add(Event(Action.CONNECT, ALICE))
        timer = own._timer
        assert timer
        timer.join()
        assert actions() == ["connect"]

    def test_a_full_disk_stops_no_action(
        self, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(*_: Any, **__: Any) -> None:
            raise DatabaseError("database or disk is full")

        monkeypatch.setattr(AuditEvent, "save", full)
        assert issue_token(world.alice.user, "report").token.pk
        assert "The audit log could not be written to" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_each_event_is_a_line_of_json_too(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("ragws.audit")
    logger.addHandler(caplog.handler)
    try:
        record(Action.EXPORT, "chatsession 5", "", ALICE)
    finally:
        logger.removeHandler(caplog.handler)
    line = json.loads(caplog.records[-1].getMessage())
    assert line.pop("at")
    assert line == {
        "action": "export",
        "user": "alice",
        "address": "192.0.2.7",
        "credential": "token ragflow-7FqW…x3Kd",
        "what": "chatsession 5",
    }


def test_the_log_in_the_admin_is_translated_to_chinese(world: World) -> None:
    browser = Client(headers={"Accept-Language": "zh-hans"})
    browser.force_login(User.objects.create_superuser("root", password=PASSWORD))
    # The request activates a language, which would stay active in later tests.
    with translation.override("en"):
        page = browser.get("/admin/accounts/auditevent/").content.decode()
    assert "审计日志" in page
    assert "签发了 API 令牌" in page
