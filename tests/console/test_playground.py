"""The playground page: what it contains, what it may load, and its translations."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from console.texts import TEXTS
from tests.support.world import World

SCRIPTS = Path(settings.BASE_DIR) / "console" / "static" / "console"
CHINESE = "zh-CN,zh;q=0.9"


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    client.force_login(world.alice.user)
    return client


def embedded(page: str, name: str) -> dict[str, object]:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_the_page_has_its_texts_and_the_address_of_the_socket(alice: Client) -> None:
    response = alice.get("/")
    page = response.content.decode()
    assert response.status_code == 200
    assert '<html lang="en">' in page
    assert embedded(page, "texts")["try_again"] == "Try again"
    assert embedded(page, "page")["socket"] == "/v1/ws/chat"


def test_visitors_are_sent_to_the_login_page(client: Client, world: World) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].endswith("?next=/")


def test_the_page_runs_and_loads_only_what_this_server_serves(alice: Client) -> None:
    response = alice.get("/", headers={"host": "localhost"})
    rules = dict(rule.split(" ", 1) for rule in response["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self' ws://localhost"
    page = response.content.decode()
    assert not re.search(r"<[^>]+\s(on\w+|style)=", page), "no handler or style inside the page"
    assert "://" not in page.replace("://www.w3.org/", ""), "nothing comes from elsewhere"


def test_the_page_is_in_the_browsers_language(alice: Client) -> None:
    page = alice.get("/", headers={"accept-language": CHINESE}).content.decode()
    assert '<html lang="zh-hans">' in page
    assert embedded(page, "texts")["try_again"] == "重试"


def test_a_user_can_choose_another_language(alice: Client) -> None:
    alice.post("/i18n/setlang/", {"language": "zh-hans"})
    assert '<html lang="zh-hans">' in alice.get("/").content.decode()


def test_every_text_is_translated() -> None:
    with translation.override("en"):
        english = {key: str(text) for key, text in TEXTS.items()}
    with translation.override("zh-hans"):
        same = [key for key, text in TEXTS.items() if str(text) == english[key]]
    assert same == []


def test_scripts_use_every_text_and_no_other() -> None:
    scripts = "\n".join(path.read_text() for path in SCRIPTS.rglob("*.js"))
    for key in TEXTS:
        family = re.sub(r"_[a-z]+$", "_", key)
        assert f'"{key}"' in scripts or f"`{family}${{" in scripts, key
    for key in re.findall(r'\bt\("(\w+)"', scripts):
        assert key in TEXTS


def test_scripts_never_read_text_as_html() -> None:
    for path in SCRIPTS.rglob("*.js"):
        risky = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
            r"|DOMParser|createContextualFragment|setHTML",
            path.read_text(),
        )
        assert risky == [], path.name


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "There is nothing at this address"), ("zh-CN", "这个地址没有内容")],
)
def test_an_unknown_address_has_a_page_of_ours(
    client: Client, language: str, sentence: str
) -> None:
    response = client.get("/nope", headers={"accept-language": language})
    assert response.status_code == 404
    assert sentence in response.content.decode()


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html"])
def test_the_pages_of_errors_need_no_request(name: str) -> None:
    """Django's handler of errors has none to give."""
    assert '<a class="button" href="/">' in render_to_string(name)


def test_there_is_a_favicon_for_programs_that_read_no_page(client: Client) -> None:
    response = client.get("/favicon.ico", follow=True)
    assert response.status_code == 200
    assert response["Content-Type"] in ("image/x-icon", "image/vnd.microsoft.icon")
