"""The Content Security Policy: our pages and the admin work under it, nothing else runs."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.journeys.conftest import Scene
from tests.support.browser import DESKTOP
from tests.support.browser_visitor import BrowserVisitor
from tests.support.server import Server

ADMIN_PAGES = [
    "",
    "accounts/apitoken/",
    "accounts/apitoken/add/",
    "accounts/auditevent/",
    "accounts/login/",
    "accounts/user/",
    "accounts/user/add/",
    "auth/group/add/",
    "chat/attachment/",
    "chat/chatsession/",
    "chat/dialog/",
    "chat/dialog/add/",
    "knowledge/document/",
    "knowledge/knowledgebase/",
    "knowledge/knowledgebase/add/",
    "knowledge/knowledgebase/<base>/try/?question=tilos",
    "password_change/",
]
# What an attacker would try first if a page showed their text as HTML.
INJECTED = """() => {
  const box = document.createElement("div");
  box.innerHTML = `<img src="x" onerror="window.hit = 1"><p style="color: red">red</p>
    <iframe src="https://tracker.invalid"></iframe><a href="javascript:window.hit=2" id="bad">x</a>
    <form action="https://tracker.invalid"><button id="post">post</button></form>
    <img src="https://tracker.invalid/pixel.png">`;
  document.body.append(box);
  const script = document.createElement("script");
  script.textContent = "window.hit = 3";
  document.body.append(script);
  box.querySelector("#bad").click();
  box.querySelector("#post").click();
  const colour = getComputedStyle(box.querySelector("p")).color;
  // An image that may not be fetched fails in a task of its own.
  return new Promise((done) => setTimeout(() => done([window.hit, colour]), 300));
}"""


@pytest.mark.parametrize("page", ADMIN_PAGES)
def test_the_admin_works_under_the_policy(alice: BrowserVisitor, scene: Scene, page: str) -> None:
    """The browser logs what the policy blocks; the `alice` fixture fails on it."""
    alice.page.goto(f"{alice.address}/admin/{page.replace('<base>', scene.base)}")
    expect(alice.page.locator("#content")).to_be_visible()


def test_the_scripts_of_the_admin_work(alice: BrowserVisitor, scene: Scene) -> None:
    page = alice.page
    # A field with autocompletion.
    page.goto(f"{alice.address}/admin/chat/dialog/add/")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("bo")
    page.get_by_role("option", name="bob").click()
    expect(page.locator(".select2-selection__rendered")).to_contain_text("bob")
    # The folded part of a form.
    page.goto(f"{alice.address}/admin/accounts/user/")
    page.get_by_role("link", name="bob", exact=True).click()
    page.locator("summary").filter(has_text="More").click()
    page.locator("#id_user_permissions input").first.check()
    # Selecting rows, and the theme.
    page.goto(f"{alice.address}/admin/chat/dialog/")
    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_contain_text("4 of 4")
    page.get_by_role("button", name=re.compile("Toggle theme")).first.click()


def test_a_related_object_is_added_in_a_popup(alice: BrowserVisitor) -> None:
    """The popup writes its result into the page that opened it."""
    page = alice.page
    page.goto(f"{alice.address}/admin/chat/dialog/add/")
    with page.expect_popup() as popup:
        page.locator("#add_id_owner").click()
    window = BrowserVisitor(popup.value, alice.address)
    window.page.get_by_label("Username:").fill("dora")
    window.page.get_by_label("Password:", exact=True).fill("correct horse battery")
    window.page.get_by_label("Password confirmation:").fill("correct horse battery")
    with window.page.expect_event("close"):
        window.page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_owner")).to_contain_text("dora")
    assert window.problems == []


def test_a_conversation_in_the_admin(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.load)
    alice.ask("bench n=3")
    alice.wait_until_answered()
    page = alice.page
    page.goto(f"{alice.address}/admin/chat/chatsession/")
    page.get_by_role("link", name="bench n=3").first.click()
    expect(page.locator(".transcript")).to_contain_text("bench n=3")
    page.goto(f"{alice.address}/admin/accounts/auditevent/?action__exact=read")
    expect(page.locator("#result_list")).to_contain_text("chatsession")
    page.goto(f"{alice.address}/admin/chat/dialog/{scene.model}/change/")
    expect(page.get_by_label("Key for the model's server")).to_be_visible()


def test_nothing_injected_runs_or_leaves(
    browser: Browser, server: Server, cookies: StorageState, scene: Scene
) -> None:
    for path in (f"/?chat={scene.load}", "/admin/chat/dialog/", "/admin/accounts/auditevent/"):
        with browser.new_context(storage_state=cookies, viewport=DESKTOP) as context:
            page = context.new_page()
            visitor = BrowserVisitor(page, server.http)
            page.goto(server.http + path)
            sent = requests_of(page)
            hit, colour = page.evaluate(INJECTED)
            assert hit is None
            assert colour != "rgb(255, 0, 0)"
            assert page.url == server.http + path
            assert not [url for url in sent if "tracker" in url]
            blocked = [
                problem for problem in visitor.problems if "Content Security Policy" in problem
            ]
            assert len(blocked) >= 5


def requests_of(page: Page) -> list[str]:
    """A list that is filled with the addresses of answered requests."""
    sent: list[str] = []
    page.on("requestfinished", lambda request: sent.append(request.url))
    return sent


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/login/no-such-link",
        "/admin/login/",
        "/nowhere",
        "/api/v1/chats",
        "/static/console/app.js",
    ],
)
def test_every_response_has_the_headers(server: Server, path: str) -> None:
    headers = httpx.get(server.http + path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert "'unsafe" not in str(policy)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_a_foreign_host_header_never_enters_the_policy(server: Server) -> None:
    answer = httpx.get(server.http + "/login", headers={"Host": "evil.example; script-src *"})
    assert answer.status_code == 400
    assert "evil" not in str(answer.headers)
