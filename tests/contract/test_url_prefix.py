"""The site below a path, behind nginx as the handbook has it: pages, admin, API and sockets."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.handbook import BlockKey, blocks
from tests.support.ports import free_port
from tests.support.requirements import require
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import ROOT, Server, is_answering, running
from tests.support.signing_in import create_superuser, sign_in

NGINX = Path("/usr/sbin/nginx")
LOCATION = blocks(ROOT / "docs/operations.md")[BlockKey("Below a path", "nginx")]
CONF = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""
# The handbook's, and that of a proxy which cuts the path off.
PROXIES = {"kept": "http://127.0.0.1:8000", "cut off": "http://127.0.0.1:8000/"}


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param, URL_PREFIX="/chat") as server:
        yield server


@pytest.fixture(scope="module", params=PROXIES)
def site(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Host and port of nginx."""
    require("nginx", str(NGINX) if NGINX.exists() else None)
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    upstream = PROXIES[request.param].replace("8000", str(server.port))
    location = LOCATION.replace(PROXIES["kept"], upstream)
    conf = folder / "nginx.conf"
    conf.write_text(CONF.format(folder=folder, port=port, location=location))
    # nginx's workers are to see the folder, also if it is root that starts them.
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    with subprocess.Popen([NGINX, "-p", folder, "-c", conf, *user]) as process:
        while not is_answering(port):
            assert process.poll() is None
        yield f"127.0.0.1:{port}"
        process.terminate()


@pytest.fixture(scope="module")
def superuser(server: Server) -> dict[str, str]:
    return create_superuser(server)


@pytest.fixture
def browser(site: str, superuser: dict[str, str]) -> Iterator[httpx.Client]:
    """Signed in."""
    with httpx.Client(base_url=f"http://{site}", follow_redirects=True, timeout=20) as browser:
        page = browser.get("/chat/")
        assert page.url.raw_path == b"/chat/login?next=/chat/"
        page = sign_in(browser, "/chat/login", {**superuser, "next": "/chat/"})
        assert page.url.raw_path == b"/chat/"
        yield browser


def test_every_address_of_a_page_is_below_the_path(browser: httpx.Client) -> None:
    page = browser.get("/chat/").text
    addresses = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page))
    assert addresses
    for address in addresses:
        assert address.startswith("/chat/")
    # Those of forms take no GET.
    for address in set(re.findall(r'(?:href|src)="(/[^"]*)"', page)):
        assert browser.get(address).status_code == 200
    assert '"socket": "/chat/v1/ws/chat"' in page
    assert '"api": "/chat/api/v1"' in page


def test_cookies_are_sent_below_the_path_only(browser: httpx.Client) -> None:
    assert {cookie.path for cookie in browser.cookies.jar} == {"/chat"}


def test_the_admin_is_below_the_path(browser: httpx.Client) -> None:
    page = browser.get("/chat/admin/")
    assert page.status_code == 200
    assert 'href="/chat/static/admin/css/base.css"' in page.text
    assert 'href="/chat/admin/chat/dialog/"' in page.text
    style = browser.get("/chat/static/admin/css/base.css")
    assert style.headers["Content-Type"].startswith("text/css")


def test_the_api_is_below_the_path(site: str, seeded: SeededData) -> None:
    headers = {"Authorization": f"Bearer {seeded.token}"}
    listed = httpx.get(f"http://{site}/chat/api/v1/chats", headers=headers)
    assert seeded.chat_id in {chat["id"] for chat in listed.json()["data"]}
    assert "RateLimit" in listed.headers
    document = httpx.get(f"http://{site}/chat/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/chat"}]


async def test_sockets_are_below_the_path(site: str, seeded: SeededData) -> None:
    async with open_client(f"ws://{site}/chat{CHAT}", seeded.token) as client:
        received = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
    assert "Megalo Chorio" in received.text


def test_probes_need_not_know_the_path(server: Server, site: str) -> None:
    for address in (f"{server.http}/readyz", f"http://{site}/chat/readyz"):
        assert httpx.get(address).status_code == 200
    assert httpx.get(f"http://{site}/chat{CHAT}").status_code == 426
