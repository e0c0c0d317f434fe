"""What can go wrong is said where it happens, with a button only if one can help."""

from __future__ import annotations

from playwright.sync_api import Browser, FilePayload, expect

from tests.journeys.conftest import Scene
from tests.support.browser import DESKTOP
from tests.support.browser_visitor import BrowserVisitor, sign_in
from tests.support.seeded_data import QUESTION
from tests.support.server import Server


def test_a_conversation_that_was_deleted_in_another_tab(
    alice: BrowserVisitor, scene: Scene
) -> None:
    alice.visit(scene.helpdesk)
    alice.ask("Who lives on Tilos?")
    alice.wait_until_answered()
    other = BrowserVisitor(alice.page.context.new_page(), alice.address)
    other.visit(scene.helpdesk)
    other.conversations.first.hover()
    other.button("Delete “Who lives on Tilos?”").first.click()
    other.button("Delete").click()
    expect(other.page.get_by_role("link", name="Who lives on Tilos?")).to_have_count(0)

    alice.ask(QUESTION)
    expect(alice.outcome).to_contain_text("There is no such session")
    expect(alice.outcome.get_by_role("button")).to_have_text("Ask in a new conversation")
    alice.outcome.get_by_role("button").click()
    alice.wait_until_answered()
    expect(alice.page.locator(".turn")).to_have_count(1)
    expect(alice.prose).to_contain_text("Megalo Chorio")
    assert other.problems == []


def test_a_visitor_who_signed_out_in_another_tab(
    browser: Browser, server: Server, scene: Scene
) -> None:
    with browser.new_context(locale="en", viewport=DESKTOP) as context:
        sign_in(context.new_page(), f"{server.http}/login/{scene.links.pop()}")
        first, second = (BrowserVisitor(context.new_page(), server.http) for _ in range(2))
        for tab in (first, second):
            tab.visit(scene.helpdesk)
        second.button("Sign out").click()
        expect(first.page.locator("#notice")).to_contain_text("You are signed out.")
        first.ask(QUESTION)
        expect(first.outcome).to_contain_text("You are signed out.")
        expect(first.outcome.get_by_role("button")).to_have_count(0)
        expect(first.page.get_by_text("Asking…")).to_be_hidden()
        expect(first.page.get_by_role("link", name="Sign in")).to_be_visible()


def test_an_assistant_that_does_not_exist(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    alice.visit("0" * 32)
    notice = alice.page.get_by_role("alert").first
    expect(notice).to_contain_text("does not exist, or is not yours. This is “Helpdesk”")
    expect(alice.page.locator("#chats")).to_have_value(scene.helpdesk)


def test_the_characters_of_a_long_question_are_counted(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    question = alice.page.get_by_label("Question", exact=True)
    counter = alice.page.locator("#counter")
    question.fill("a" * 100)
    expect(counter).to_be_hidden()
    # Those beyond the first 65,536 of Unicode count once, as the server counts them.
    question.fill("𠮷" * 15_999)
    expect(counter).to_have_text("Characters left: 1")
    question.fill("a" * 17_200)
    expect(counter).to_have_text("Too long by 1,200: a question may have 16,000 characters.")
    expect(alice.button("Send")).to_be_disabled()
    question.press("Enter")
    expect(question).to_have_value("a" * 17_200)


def test_a_file_is_named_once_in_its_error(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    broken: FilePayload = {
        "name": "photo.exe",
        "mimeType": "application/octet-stream",
        "buffer": b"\0\1\2",
    }
    alice.page.locator("#file-picker").set_input_files([broken])
    failed = alice.page.locator(".attachment.failed")
    expect(failed.get_by_role("alert")).not_to_be_empty()
    assert failed.inner_text().count("photo.exe") == 1
    alice.problems.clear()  # the browser notes the refused upload
