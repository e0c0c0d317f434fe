"""Uses every kind of credential and provokes errors: no secret is found in the server's logs, its
database or its error pages."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.contract.conftest import CHAT
from tests.support.fakes.model_server import KEY
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server, running
from tests.support.world import PASSWORD

KINDS = [("uvicorn", 0), ("uvicorn", 1), ("daphne", 1)]
WRONG_PASSWORD = "wrong-pass-99"
# Shaped like the secret of a one-time login link.
LINK = "Qx7_" + "aB3-d" * 7 + "wxyz"
LOGIN = "/api/v1/auth/login"
REFRESH = "/api/v1/auth/refresh"


@dataclass
class Spy:
    """A client that remembers every secret it used and every response."""

    server: Server
    secrets: set[str] = field(default_factory=lambda: {KEY, PASSWORD, WRONG_PASSWORD, LINK})
    received: list[str] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def remember(self, secret: str) -> str:
        self.secrets.add(secret)
        return secret

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        address, cookies = self.server.http + path, options.pop("cookies", {})
        with httpx.Client(timeout=30, cookies=cookies) as client:
            answer = client.request(method, address, **options)
        self.received.append(answer.text)
        return answer

    def request_secrets(self, names: list[str], path: str, **options: Any) -> list[str]:
        """Secrets that this response is meant to contain; they are searched for in all others."""
        answer = self.ask("POST", path, **options)
        self.received.pop()
        return [self.remember(answer.json()["data"][name]) for name in names]

    async def say(self, query: str = "", **options: Any) -> None:
        """Sends a question and invalid JSON on a socket that may be refused."""
        async with connect(self.server.ws + CHAT + query, **options) as socket:
            with suppress(ConnectionClosed):
                await socket.send(json.dumps({"chat_id": "nonsense", "question": QUESTION}))
                await socket.send("{no json")
                async with asyncio.timeout(15):
                    self.received += [str(await socket.recv()) for _ in range(2)]


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}-debug{kind[1]}")
def spy(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Spy]:
    kind, debug = request.param
    with running(data, kind, DEBUG=debug, OPENAI_API_KEY=KEY, LOG_LEVEL="DEBUG") as server:
        yield Spy(server)


def test_no_secret_is_left_anywhere(spy: Spy, seeded: SeededData) -> None:
    log_in_as_a_program(spy)
    log_in_with_a_browser(spy)
    asyncio.run(connect_with_everything(spy, seeded))
    ask_for_what_is_not_there(spy, seeded)
    ask_for_what_fails(spy, seeded)
    assert spy.server.stop() == 0

    log = spy.server.log()
    assert "Traceback" in log
    assert '"action": "connect"' in log
    files = [path for path in spy.server.data.iterdir() if "sqlite3" in path.name]
    database = b"".join(path.read_bytes() for path in files)
    assert b"ragflow-" in database
    for secret in spy.secrets:
        assert secret not in log
        assert secret.encode() not in database
        assert not [page for page in spy.received if secret in page]


def log_in_as_a_program(spy: Spy) -> None:
    spy.ask("POST", LOGIN, json={"username": "alice", "password": WRONG_PASSWORD})
    login = {"username": "alice", "password": PASSWORD}
    both = ["access_token", "refresh_token"]
    _, refresh_token = spy.request_secrets(both, LOGIN, json=login)
    spy.request_secrets(both, REFRESH, json={"refresh_token": refresh_token})
    spy.ask("POST", REFRESH, json={"refresh_token": refresh_token})
    spy.ask("POST", REFRESH, json={"refresh_token": [refresh_token]})
    spy.ask("POST", REFRESH, content=f'{{"refresh_token": "{refresh_token}"')
    spy.ask("GET", f"/login/{LINK}")


def log_in_with_a_browser(spy: Spy) -> None:
    with httpx.Client(base_url=spy.server.http, timeout=30) as browser:
        assert browser.post("/login", data=login_form(browser.get("/login"))).status_code == 302
        spy.cookies = dict(browser.cookies)
    spy.remember(spy.cookies["sessionid"])


def login_form(page: httpx.Response) -> dict[str, str]:
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    return {"username": "alice", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}


async def connect_with_everything(spy: Spy, seeded: SeededData) -> None:
    good = (seeded.token, seeded.bobs_token, seeded.jwt)
    bad = (seeded.expired_token, seeded.revoked_token, seeded.inactive_token, seeded.jwt[:-3])
    for token in map(spy.remember, (*good, *bad)):
        await spy.say(f"?token={token}")
        await spy.say(f"?a=b&token={quote(token, safe='')}&token=two")
        await spy.say(additional_headers={"Authorization": f"Bearer {token}"})
        await spy.say(additional_headers={"Authorization": token})
        encoded = spy.remember(urlsafe_b64encode(token.encode()).decode().rstrip("="))
        protocol = Subprotocol(f"base64url.bearer.ragws.{encoded}")
        await spy.say(subprotocols=[Subprotocol("ragws.v1"), protocol])
    bearer = {"Authorization": f"Bearer {seeded.token}"}
    [ticket] = spy.request_secrets(["ticket"], "/api/v1/auth/ticket", headers=bearer)
    await spy.say(f"?ticket={ticket}")
    await spy.say(f"?ticket={ticket}")
    cookie = "; ".join(f"{name}={value}" for name, value in spy.cookies.items())
    await spy.say(additional_headers={"Cookie": cookie, "Origin": spy.server.http})


def ask_for_what_is_not_there(spy: Spy, seeded: SeededData) -> None:
    bearer = {"Authorization": f"Bearer {seeded.token}"}
    for path in ("/nowhere", "/api/v1/nowhere", "/api/v1/chats", "/admin/", "/i18n/setlang/"):
        for query in (f"?token={seeded.token}", f"?next=%2F%3Ftoken%3D{seeded.token}"):
            spy.ask("GET", path + query, headers=bearer, cookies=spy.cookies)
            spy.ask("POST", path + query, headers=bearer, data={"password": PASSWORD})
    spy.ask("GET", f"/nowhere/{seeded.token}/", headers={"Host": "evil.example", **bearer})


def ask_for_what_fails(spy: Spy, seeded: SeededData) -> None:
    """Without its tables, each request fails while it handles a secret."""
    form = login_form(spy.ask("GET", "/login", cookies=spy.cookies))
    with closing(sqlite3.connect(spy.server.data / "ragws.sqlite3")) as database:
        for table in ("accounts_login", "accounts_refreshtoken", "chat_dialog", "accounts_user"):
            database.execute(f"DROP TABLE {table}")
        database.commit()
    bearer = {"Authorization": f"Bearer {seeded.token}"}
    broken = [
        spy.ask("POST", LOGIN, json={"username": "alice", "password": PASSWORD}),
        spy.ask("POST", REFRESH, json={"refresh_token": LINK}),
        spy.ask("GET", f"/api/v1/chats?token={seeded.token}", headers=bearer),
        spy.ask("GET", f"/?token={seeded.token}", headers=bearer, cookies=spy.cookies),
        spy.ask("POST", f"/login?token={seeded.token}", data=form, cookies=spy.cookies),
    ]
    assert [answer.status_code for answer in broken] == [500] * len(broken)
    asyncio.run(spy.say(f"?token={seeded.token}"))
