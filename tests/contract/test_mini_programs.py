"""A mini program from the login code to the end of an answer, as docs/clients.md shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.contract.test_clients import node, report_of
from tests.support.fakes.mini_programs import APP_ID, SECRET, SESSION_KEY, Platform, Silence
from tests.support.frame_client import open_client
from tests.support.seeded_data import SeededData
from tests.support.server import ROOT, Server, running

QUESTION = "bench n=120 rate=60"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, data: Path, seeded: SeededData, platform: Platform
) -> Iterator[Server]:
    there = {"APP_ID": APP_ID, "SECRET": SECRET, "BASE_URL": platform.base_url}
    settings = {
        f"{name}_{key}": text for name in ("WECHAT", "DOUYIN") for key, text in there.items()
    }
    with running(data, request.param, LOG_LEVEL="DEBUG", **settings) as server:
        yield server


Page = Callable[[int], dict[str, Any]]


@pytest.fixture
def run_page(server: Server, seeded: SeededData, platform: Platform, tmp_path: Path) -> Page:
    """Runs the page of the documentation against our server; it is sent to the background `times`
    times."""
    program = node("login.mjs")
    text = (ROOT / "docs/clients.md").read_text()
    page = next(block for block in text.split("```js\n") if "getTicket" in block).split("```")[0]
    page = page.replace("wss://${HOST}", server.ws).replace("https://${HOST}", server.http)
    file = tmp_path / "page.mjs"
    file.write_text(page.replace('CHAT_ID = "…"', f'CHAT_ID = "{seeded.mini_chat_id}"'))
    phone = f"{platform.base_url}/phone?open_id=oAlice-with-her-phone"

    def run(times: int) -> dict[str, Any]:
        return report_of([*program, server.ws, str(file), phone, QUESTION, str(times)])

    return run


@pytest.mark.parametrize("times", [0, 1, 3])
def test_the_documented_page_receives_the_whole_answer(
    run_page: Page, platform: Platform, times: int
) -> None:
    """However often it goes to the background, the text is complete and nothing comes twice."""
    asked = len(platform.asked)
    report = run_page(times)
    words = report["answer"].split()
    assert len(words) == len(set(words)) == 120
    assert report["errors"] == []
    # Each return needs a new code, a new ticket and a new connection.
    assert report["sockets"] == times + 1
    assert report["requests"] == [["/api/v1/auth/wechat", 200]] * (times + 1)
    assert len(platform.asked) - asked == times + 1


def test_a_user_whom_the_platform_refuses_cannot_connect(
    run_page: Page, platform: Platform
) -> None:
    platform.will_answer(40226)
    report = run_page(0)
    assert report["sockets"] == 0
    assert report["requests"] == [["/api/v1/auth/wechat", 403]]
    assert report["errors"] == ["The platform does not let you log in"]


def test_after_an_expired_code_the_page_logs_in_again(run_page: Page, platform: Platform) -> None:
    platform.will_answer(40029)
    report = run_page(0)
    assert len(report["answer"].split()) == 120
    assert [status for _, status in report["requests"]] == [401, 200]


@pytest.mark.parametrize("name", ["wechat", "douyin"])
async def test_the_jwt_is_for_the_socket_and_for_rest(
    server: Server, seeded: SeededData, platform: Platform, name: str
) -> None:
    async with httpx.AsyncClient(base_url=server.http) as http:
        body = {"code": platform.code_of("oBob")}
        response = await http.post(f"/api/v1/auth/{name}", json=body)
        jwt = response.json()["data"]["access_token"]
        async with open_client(server.ws + CHAT, jwt) as client:
            received = await client.ask(chat_id=seeded.mini_chat_id, question="bench n=3")
            assert len(received.text.split()) == 3
            assert (await client.refused(chat_id=seeded.chat_id, question="?"))["code"] == 404
        headers = {"authorization": f"Bearer {jwt}"}
        (listed,) = (await http.get("/api/v1/chats", headers=headers)).json()["data"]
        assert listed["id"] == seeded.mini_chat_id


async def test_a_silent_platform_delays_only_the_login(
    server: Server, seeded: SeededData, platform: Platform
) -> None:
    """Sockets and other requests are served meanwhile."""
    silence = Silence()
    platform.will_answer(silence)
    async with httpx.AsyncClient(base_url=server.http) as http:
        body = {"code": platform.code_of("oSlow")}
        login = asyncio.create_task(http.post("/api/v1/auth/wechat", json=body))
        assert await asyncio.to_thread(silence.arrived.wait, 15)
        async with open_client(server.ws + CHAT, seeded.token) as client:
            received = await client.ask(chat_id=seeded.load_chat_id, question="bench n=3")
        assert len(received.text.split()) == 3
        headers = {"authorization": f"Bearer {seeded.token}"}
        assert (await http.get("/api/v1/chats", headers=headers)).status_code == 200
        assert not login.done()
        silence.go_on.set()
        assert (await login).status_code == 502


async def test_the_log_has_no_secret_of_a_mini_program(server: Server, platform: Platform) -> None:
    """Not even at DEBUG. The last test of this file: the log covers the tests above."""
    code = platform.code_of("oCharlie-with-his-phone")
    async with httpx.AsyncClient(base_url=server.http) as http:
        answer = await http.post("/api/v1/auth/wechat", json={"code": code, "ticket": True})
    log = server.log()
    assert "/api/v1/auth/wechat" in log
    ticket = answer.json()["data"]["ticket"]
    for secret in (SECRET, SESSION_KEY, code, ticket, "oCharlie", "oAlice", "js_code"):
        assert secret not in log
