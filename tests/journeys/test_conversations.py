"""The list of conversations: continue an old one, rename it, delete it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Scene
from tests.support.browser_visitor import BrowserVisitor


def begin(alice: BrowserVisitor, scene: Scene, question: str) -> str:
    """Asks in a new conversation; returns its id, read from the page's address."""
    alice.visit(scene.load)
    alice.ask(question)
    alice.wait_until_answered()
    expect(alice.page).to_have_url(re.compile("session=[0-9a-f]{32}"))
    return alice.page.url.partition("session=")[2]


def test_an_old_conversation_can_be_continued(alice: BrowserVisitor, scene: Scene) -> None:
    session = begin(alice, scene, "bench n=3")
    current = alice.page.locator('[aria-current="page"]')
    expect(current).to_have_text("bench n=3")

    alice.button("New conversation").click()
    expect(alice.page.locator(".turn")).to_have_count(0)
    alice.page.go_back()
    expect(alice.prose).to_have_text(re.compile("the quick brown"))
    alice.ask("bench n=2")
    alice.wait_until_answered()
    assert session in alice.page.url
    alice.page.reload()
    expect(alice.page.locator(".turn")).to_have_count(2)


def test_an_answer_goes_on_while_another_conversation_is_open(
    alice: BrowserVisitor, scene: Scene
) -> None:
    alice.visit(scene.load)
    alice.ask("bench n=20000 rate=60")
    expect(alice.prose).to_contain_text("@")
    running = alice.page.url
    alice.button("New conversation").click()
    expect(alice.button("Send")).to_be_visible()

    alice.page.goto(running)
    expect(alice.prose).to_contain_text("@")
    alice.button("Stop").click()
    expect(alice.outcome).to_contain_text("You stopped this answer.")


def test_a_name_being_typed_survives_a_reload_of_the_list(
    alice: BrowserVisitor, scene: Scene
) -> None:
    begin(alice, scene, "bench n=4")
    row = alice.conversations.first
    row.hover()
    row.get_by_role("button", name="Rename").click()
    row.get_by_role("textbox").fill("Typed meanwhile")
    with alice.page.expect_response(lambda response: "/sessions?" in response.url):
        alice.ask("bench n=2")
    expect(alice.conversations.first).to_have_text("Typed meanwhile")
    alice.wait_until_answered()
    expect(alice.conversations.first).to_have_text("Typed meanwhile")


def test_a_conversation_can_be_renamed(alice: BrowserVisitor, scene: Scene) -> None:
    begin(alice, scene, "bench n=4")
    row = alice.conversations.first
    row.hover()
    row.get_by_role("button", name="Rename").click()
    row.get_by_role("textbox").fill("A better name")
    alice.page.keyboard.press("Enter")
    expect(alice.conversations.first).to_have_text("A better name")
    expect(alice.page.get_by_role("heading", name="A better name")).to_be_visible()
    alice.page.reload()
    expect(alice.conversations.first).to_have_text("A better name")


def test_a_conversation_can_be_deleted(alice: BrowserVisitor, scene: Scene) -> None:
    session = begin(alice, scene, "bench n=5")
    row = alice.page.locator("#sessions li.current")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    alice.button("Cancel").click()
    expect(row).to_be_visible()
    row.hover()
    row.get_by_role("button", name="Delete").click()
    expect(alice.page.get_by_role("dialog")).to_contain_text("bench n=5")
    alice.button("Delete").click()
    expect(alice.page.locator(f'a[href*="{session}"]')).to_have_count(0)
    expect(alice.page.locator(".greeting")).to_be_visible()

    alice.visit(scene.load, session)
    expect(alice.page.get_by_role("alert").first).not_to_be_empty()
    alice.problems.clear()  # the browser notes the 404
