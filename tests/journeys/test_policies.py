"""Our pages and the admin under a strict policy: what they need is there, nothing else runs."""

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
    "password_change/",
]
# Whatever an attacker would try first, if something of theirs were shown as HTML after all.
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
def test_the_admin_works_under_it(alice: BrowserVisitor, page: str) -> None:
    """Whatever the policy blocks, the browser complains about, and the visitor with it."""
    alice.page.goto(f"{alice.address}/admin/{page}")
    expect(alice.page.locator("#content")).to_be_visible()


def test_what_the_admin_does_with_scripts(alice: BrowserVisitor, scene: Scene) -> None:
    page = alice.page
    # A field that searches as one types.
    page.goto(f"{alice.address}/admin/chat/dialog/add/")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("bo")
    page.get_by_role("option", name="bob").click()
    expect(page.locator(".select2-selection__rendered")).to_contain_text("bob")
    # Two lists, of which one is chosen from the other; and a calendar.
    page.goto(f"{alice.address}/admin/accounts/user/")
    page.get_by_role("link", name="bob", exact=True).click()
    page.locator("#id_user_permissions_from option").first.dblclick()
    expect(page.locator("#id_user_permissions_to option")).to_have_count(1)
    page.get_by_role("link", name="Today").first.click()
    page.locator("#calendarlink0").click()
    expect(page.locator(".calendarbox").first).to_be_visible()
    # Selecting rows, and another look.
    page.goto(f"{alice.address}/admin/chat/dialog/")
    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_contain_text("3 of 3")
    page.get_by_role("button", name=re.compile("Toggle theme")).first.click()


def test_a_window_for_what_is_missing(alice: BrowserVisitor) -> None:
    """The admin's own windows talk to the one they were opened from."""
    page = alice.page
    page.goto(f"{alice.address}/admin/chat/dialog/add/")
    with page.expect_popup() as opened:
        page.locator("#add_id_owner").click()
    window = BrowserVisitor(opened.value, alice.address)
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
            blocked = [said for said in visitor.problems if "Content Security Policy" in said]
            assert len(blocked) >= 5


def requests_of(page: Page) -> list[str]:
    """Filled with the addresses of what gets as far as an answer."""
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
def test_every_answer_has_the_headers(server: Server, path: str) -> None:
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


def test_a_stranger_s_host_is_no_part_of_a_policy(server: Server) -> None:
    answer = httpx.get(server.http + "/login", headers={"Host": "evil.example; script-src *"})
    assert answer.status_code == 400
    assert "evil" not in str(answer.headers)
