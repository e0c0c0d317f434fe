"""Redaction of secrets in logs: recognised in any context, and nothing else is changed."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from accounts.secret_format import hint, new_token_text
from core.redaction import redact
from ragws.log_filters import SecretsFilter, configured_secrets, redact_secrets

TOKEN = new_token_text()
JWT = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjEyMzQ1Njc4In0.eyJzdWIiOiIxMjM0NSJ9.dGhlIHNpZ25hdHVyZQ-_x"
TICKET = "aB3-x_" + "q7Rw9" * 7 + "kZ"


@pytest.mark.parametrize("secret", [TOKEN, JWT, TICKET], ids=["token", "jwt", "ticket"])
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "GET /v1/ws/chat?token={} HTTP/1.1",
        "/v1/ws/chat?a=1&ticket={}&b=2",
        "http://127.0.0.1/?next=%2F%3Ftoken%3D{}",
        "Authorization: Bearer {}",
        "{{'authorization': '{}'}}",
        "(b'authorization', b'Bearer {}')",
        '"Authorization": "bearer {}"',
        '{{"refresh_token": "{}", "x": 1}}',
        "&#x27;ticket&#x27;: &#x27;{}&#x27;",
        "Cookie: theme=dark; sessionid={}; csrftoken={}",
        "/login/{}",
        "令牌{}无效",
        "no such ticket: {}.",
        "IdentityError({!r})",
    ],
)
def test_a_secret_is_redacted(text: str, secret: str) -> None:
    shown = redact(text.format(secret, secret))
    assert secret not in shown
    assert secret[-12:] not in shown
    assert "…" in shown


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("ragws.v1, base64url.bearer.ragws.cmFnZmxvdy1hYmM", "cmFnZmxvdy1hYmM"),
        ("redis://:hunter2@10.0.0.5:6379/0", "hunter2"),
        ("postgres://ragws:hunter2@db/ragws", "hunter2"),
        ("{'password': 'correct horse battery'}", "horse"),
        ("&quot;password&quot;: &quot;correct horse battery&quot;", "horse"),
        ("{'model': 'qwen3', 'api_key': 'abc def'}", "abc"),
        ("https://api.weixin.qq.com/sns?appid=wx1&secret=0123abc&js_code=77", "0123abc"),
        ("Incorrect API key provided: sk-abcdefghijkl", "abcdefghijkl"),
        ("密钥sk-abcdefghijkl无效", "abcdefghijkl"),
        ("参数token=abcdefgh无效", "abcdefgh"),
        ("Authorization: Basic YWxpY2U6cHc=", "YWxpY2U6cHc="),
    ],
)
def test_other_kinds_of_secrets_are_redacted(text: str, hidden: str) -> None:
    assert hidden not in redact(text)


def test_no_line_is_forged_and_no_terminal_steered(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("b\x9b31m\u202e\nERROR of mine")
    except ValueError:
        record = logging.LogRecord(
            "x", logging.INFO, "x", 1, "%s", ("漢a\n2026 ERROR\x1b[2J\u2028",), sys.exc_info()
        )
    assert SecretsFilter().filter(record)
    assert record.msg == "漢a\\n2026 ERROR\\u001b[2J\\u2028"
    assert record.exc_text
    assert record.exc_text.count("\n") > 1
    assert record.exc_text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"API token {hint(TOKEN)} was revoked", id="a hint"),
        "Send `Authorization: Bearer <API token>` or `?token=<API token>`",
        "session 6f9619ff8b86d011b42d00c04fc964ff of alice",
        "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26",
        "test_a_token_is_refused_that_was_revoked_by",
        "没有这个令牌。请再登录一次。",
        "The bearer of bad news",
        "token_count=12 tokens: 7",
        "http://127.0.0.1:8000/v1/ws/chat",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_all_parts_of_a_log_record_are_redacted() -> None:
    try:
        raise ValueError(f"bad {TOKEN}") from KeyError(JWT)
    except ValueError:
        exc_info = sys.exc_info()
    args = ({"ticket": TICKET}, TOKEN)
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "%s of %s", args, exc_info, sinfo=JWT)
    assert SecretsFilter().filter(record)
    line = logging.Formatter().format(record)
    assert "ValueError: bad ragflow-…" in line
    assert "KeyError" in line
    assert not any(secret in line for secret in (TOKEN, JWT, TICKET))


def test_configured_keys_are_redacted_whatever_they_look_like(settings: Any) -> None:
    settings.ENGINES = {"own": {"BACKEND": "x.Engine", "API_KEY": "plain words"}}
    configured_secrets.cache_clear()
    assert redact_secrets("The key is plain words.") == "The key is …."
    configured_secrets.cache_clear()
