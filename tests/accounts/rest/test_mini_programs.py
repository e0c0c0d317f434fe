"""Logins of mini program users over REST, with fake platforms on loopback."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import CredentialsDisagree, NotAuthenticated
from accounts.logins.refresh_tokens import refresh_login
from accounts.mini_programs import platform_client
from accounts.mini_programs.people import block
from accounts.models import Login, OpenId, Person, RefreshToken, Ticket
from chat.models import Dialog
from tests.support.fakes.mini_programs import (
    APP_ID,
    SECRET,
    SESSION_KEY,
    Drip,
    Platform,
    Raw,
    Silence,
)
from tests.support.mini_program_phones import log_in, logged_in, opened, platform
from tests.support.world import World

__all__ = ["opened", "platform"]

EACH = pytest.mark.parametrize("name", ["wechat", "qq", "douyin"])


@EACH
def test_a_code_logs_in(opened: World, platform: Platform, name: str) -> None:
    response = log_in(platform.code_of("oAlice"), name)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    data = response.json()["data"]
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
    identity = authenticate(Credentials((data["access_token"],)))
    person = Person.objects.get()
    assert (identity.user, identity.person_id) == (opened.alice.user, person.pk)
    assert identity.end_user == f"{name}-{person.pk.hex}"
    assert identity.dialogs is None
    again = authenticate(
        Credentials((refresh_login(data["refresh_token"]).access.text,)),
    )
    assert (again.person_id, again.end_user) == (person.pk, identity.end_user)


@EACH
def test_a_used_or_unknown_code_is_refused(opened: World, platform: Platform, name: str) -> None:
    code = platform.code_of("oAlice")
    assert log_in(code, name).status_code == 200
    for bad in (code, "never seen"):
        response = log_in(bad, name)
        assert response.status_code == 401
        assert "log in again" in response.json()["message"]
    assert Login.objects.count() == 1


def test_a_ticket_can_be_had_instead_of_a_jwt(opened: World, platform: Platform) -> None:
    data = logged_in(platform, "oAlice", ticket=True)
    assert set(data) == {"ticket", "expires_in"}
    assert not RefreshToken.objects.exists()
    identity = authenticate(Credentials(ticket=data["ticket"]))
    person = Person.objects.get()
    assert (identity.user, identity.person_id) == (opened.alice.user, person.pk)
    assert identity.end_user == person.end_user
    with pytest.raises(NotAuthenticated):
        authenticate(Credentials(ticket=data["ticket"]))


def test_a_login_for_one_dialog_is_restricted_to_it(opened: World, platform: Platform) -> None:
    chat_id = opened.dialog.pk.hex
    data = logged_in(platform, "oAlice", chat_id=chat_id)
    identity = authenticate(Credentials((data["access_token"],)))
    assert identity.dialogs == frozenset({opened.dialog.pk})


def test_a_dialog_that_is_not_open_is_not_found(opened: World, platform: Platform) -> None:
    closed = Dialog.objects.create(owner=opened.alice.user, name="Closed")
    inactive = Dialog.objects.create(
        owner=opened.charlie.user, name="Charlie's", for_mini_programs=True
    )
    for chat_id in (closed.pk.hex, inactive.pk.hex, "0" * 32, "nonsense", ""):
        response = log_in(platform.code_of("oAlice"), chat_id=chat_id)
        assert response.status_code == (404 if chat_id else 400)
    assert not Login.objects.exists()


def test_without_an_open_dialog_it_is_a_404(world: World, platform: Platform) -> None:
    assert log_in(platform.code_of("oAlice")).status_code == 404


def test_with_dialogs_of_several_users_the_chat_id_is_needed(
    opened: World, platform: Platform
) -> None:
    bobs = Dialog.objects.create(owner=opened.bob.user, name="Bob's", for_mini_programs=True)
    response = log_in(platform.code_of("oAlice"))
    assert response.status_code == 400
    assert "chat_id" in response.json()["message"]
    data = logged_in(platform, "oAlice", chat_id=bobs.pk.hex)
    assert authenticate(Credentials((data["access_token"],))).user == opened.bob.user


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (40029, 401),
        (40163, 401),
        (45011, 429),
        (40226, 403),
        (40013, 500),
        (40125, 500),
        (41002, 500),
        (41004, 500),
        (41008, 500),
        (40001, 502),
        (1, 502),
    ],
)
def test_each_error_of_wechat_has_its_status(
    opened: World, platform: Platform, error: int, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    platform.will_answer(error)
    response = log_in(platform.code_of("oAlice"))
    assert response.status_code == response.json()["code"] == status
    assert response.headers.get("Retry-After") == ("60" if status == 429 else None)
    assert len(platform.asked) == 1
    logged = status in (500, 502)
    assert (str(error) in caplog.text) is logged
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        (40013, "['wechat']['APP_ID']"),
        (41002, "['wechat']['APP_ID']"),
        (40125, "['wechat']['SECRET']"),
        (41004, "['wechat']['SECRET']"),
        (41008, "['wechat']['BASE_URL']"),
    ],
)
def test_a_wrong_setting_of_ours_is_named_in_the_log(
    opened: World,
    platform: Platform,
    caplog: pytest.LogCaptureFixture,
    error: int,
    setting: str,
) -> None:
    platform.will_answer(error)
    response = log_in(platform.code_of("oAlice"))
    (record,) = [record for record in caplog.records if record.name.startswith("accounts")]
    assert record.levelno == logging.ERROR
    assert setting in record.getMessage()
    assert SECRET not in record.getMessage()
    assert setting not in response.json()["message"]


@pytest.mark.parametrize(
    ("error", "status"), [(40029, 401), (40013, 500), (40125, 500), (41008, 500), (99, 502)]
)
def test_each_error_of_douyin_has_its_status(
    opened: World, platform: Platform, error: int, status: int
) -> None:
    platform.will_answer(error)
    assert log_in(platform.code_of("oAlice"), "douyin").status_code == status


@EACH
def test_a_busy_platform_is_asked_again_once(opened: World, platform: Platform, name: str) -> None:
    platform.will_answer(-1)
    assert log_in(platform.code_of("oAlice"), name).status_code == 200
    assert len(platform.asked) == 2
    platform.will_answer(-1, -1)
    response = log_in(platform.code_of("oAlice"), name)
    assert response.status_code == 503
    assert response.json()["data"] == {"retry_after": 1}
    assert len(platform.asked) == 4


def test_after_a_busy_answer_the_second_one_counts(opened: World, platform: Platform) -> None:
    platform.will_answer(-1, 40226)
    assert log_in(platform.code_of("oAlice")).status_code == 403


@pytest.mark.parametrize(
    "answer",
    [
        Raw(b""),
        Raw(b"<h1>502</h1>", 502),
        Raw(b"[]"),
        Raw(b"{}"),
        Raw(b"[" * 100_000),
        Raw(b"\xff\xfe"),
        Raw(json.dumps({"openid": ""}).encode()),
        Raw(json.dumps({"openid": 7}).encode()),
        Raw(json.dumps({"openid": "o\x00"}).encode()),
        Raw(json.dumps({"openid": "o" * 129}).encode()),
        Raw(json.dumps({"openid": "oAlice", "errcode": "no"}).encode()),
        Raw(json.dumps({"openid": "oAlice", "errcode": [SECRET]}).encode()),
        Raw(b"", 302),
    ],
)
def test_an_invalid_response_of_the_platform_is_a_502(
    opened: World, platform: Platform, answer: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    platform.will_answer(answer)
    assert log_in(platform.code_of("oAlice")).status_code == 502
    assert SECRET not in caplog.text


def test_errcode_may_be_there_on_success(opened: World, platform: Platform) -> None:
    platform.will_answer(Raw(json.dumps({"openid": "oAlice", "errcode": 0}).encode()))
    assert log_in("any").status_code == 200


def test_a_silent_platform_is_a_502(
    opened: World, platform: Platform, settings: LazySettings
) -> None:
    settings.MINI_PROGRAM_TIMEOUT_S = 0.2
    platform.will_answer(Silence())
    assert log_in(platform.code_of("oAlice")).status_code == 502


def test_a_platform_has_one_deadline_however_often_it_sends_a_byte(
    opened: World, platform: Platform, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MINI_PROGRAM_TIMEOUT_S = 0.5
    platform.will_answer(Drip(every_s=0.05))
    assert log_in(platform.code_of("oAlice")).status_code == 502
    assert "cannot be asked: TimeoutError" in caplog.text


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_no_more_than_a_little_of_an_answer_is_read(
    opened: World, platform: Platform, headers: dict[str, str]
) -> None:
    """Neither what is long, nor what becomes long when it is decompressed."""
    body = json.dumps({"openid": "oAlice", "padding": "x" * 1_000_000}).encode()
    platform.will_answer(Raw(gzip.compress(body) if headers else body, headers=headers))
    assert log_in(platform.code_of("oAlice")).status_code == 502
    body = json.dumps({"openid": "oAlice", "padding": "x" * 60_000}).encode()
    platform.will_answer(Raw(body))
    assert log_in(platform.code_of("oAlice")).status_code == 200


def test_a_platform_out_of_reach_is_a_502(
    opened: World, platform: Platform, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    for url in ("http://127.0.0.1:1", "http://[::1"):
        settings.MINI_PROGRAMS["wechat"]["BASE_URL"] = url
        assert log_in(platform.code_of("oAlice")).status_code == 502
    assert SECRET not in caplog.text


def test_requests_that_wait_for_a_platform_are_limited(
    opened: World, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_client, "_slots", threading.BoundedSemaphore(1))
    platform_client._slots.acquire()
    assert log_in(platform.code_of("oAlice")).status_code == 503
    platform_client._slots.release()
    assert log_in(platform.code_of("oAlice")).status_code == 200


@pytest.mark.parametrize("name", ["wechat", "alipay", "login2"])
def test_a_mini_program_that_is_not_set_up_is_a_404(opened: World, name: str) -> None:
    assert log_in("any", name).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": ""},
        {"code": 7.5, "ticket": "perhaps"},
        {"code": "x" * 513},
        {"code": "a\x00b"},
        {"code": ["x"]},
        {"code": "x", "chat_id": {}},
    ],
)
def test_an_invalid_body_is_a_400(opened: World, platform: Platform, body: Any) -> None:
    response = log_in(**{"code": "", **body})
    assert response.status_code == 400
    assert platform.asked == []


def test_the_code_is_sent_unchanged(opened: World, platform: Platform) -> None:
    code = "a&secret=b c+%00/?#ü"
    assert log_in(code).status_code == 401
    assert platform.asked == [{"app_id": APP_ID, "secret": SECRET, "code": code}]


@EACH
def test_no_secret_is_stored_sent_or_logged(
    opened: World, platform: Platform, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    responses = [log_in(platform.code_of("oAlice-and-more"), name)]
    for error in (-1, 40029, 40125, 99):
        platform.will_answer(error, error)
        responses.append(log_in(platform.code_of("oAlice-and-more"), name))
    sent = "".join(response.content.decode() for response in responses)
    for text in (sent, caplog.text, everything_in_the_database()):
        for secret in (SECRET, SESSION_KEY, "oAlice-and-more"):
            assert secret not in text


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        found = []
        for model in (Login, RefreshToken, Ticket, Person, OpenId):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            found.append(repr(cursor.fetchall()))
    return "".join(found)


def test_httpx_logs_no_address() -> None:
    for name in ("httpx", "httpcore", "httpcore.http11"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


def test_a_blocked_person_can_use_no_credential(opened: World, platform: Platform) -> None:
    data = logged_in(platform, "oAlice")
    ticket = logged_in(platform, "oAlice", ticket=True)["ticket"]
    assert block(Person.objects.all()) == 1
    assert log_in(platform.code_of("oAlice")).status_code == 403
    for credentials in (Credentials((data["access_token"],)), Credentials(ticket=ticket)):
        with pytest.raises(NotAuthenticated):
            authenticate(credentials)
    with pytest.raises(NotAuthenticated):
        refresh_login(data["refresh_token"])
    assert log_in(platform.code_of("oBob")).status_code == 200


def test_a_new_password_of_the_operator_does_not_end_logins_of_people(
    opened: World, platform: Platform
) -> None:
    data = logged_in(platform, "oAlice")
    opened.alice.user.set_password("quite another one")
    opened.alice.user.save()
    assert authenticate(Credentials((data["access_token"],))).person_id
    opened.alice.user.is_active = False
    opened.alice.user.save()
    with pytest.raises(NotAuthenticated):
        authenticate(Credentials((data["access_token"],)))


def test_two_credentials_have_to_belong_to_the_same_person(
    opened: World, platform: Platform
) -> None:
    own, other = (logged_in(platform, name)["access_token"] for name in ("oAlice", "oBob"))
    for second in (other, opened.alice.token, opened.bob.token):
        with pytest.raises(CredentialsDisagree):
            authenticate(Credentials((own, second)))
