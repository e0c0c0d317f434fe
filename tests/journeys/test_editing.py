"""Questions are edited: the new version begins a branch, and the old one can be shown again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Model, Scene
from tests.journeys.test_following import begin, follow, phone
from tests.support.browser import PHONE
from tests.support.browser_visitor import BrowserVisitor

__all__ = ["phone"]


def test_an_edited_question_begins_a_branch_and_the_old_one_is_kept(
    alice: BrowserVisitor, phone: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say("In the south.")
    session = begin(alice, scene.model, "Where is Karpathos?")
    model.will_say("By ferry.")
    alice.ask("How do I get there?")
    alice.wait_until_answered()
    follow(phone, scene.model, session)

    turns = alice.page.locator(".turn")
    pencil = turns.first.get_by_role("button", name="Edit the question")
    pencil.press("Enter")
    field = alice.page.get_by_role("textbox", name="Edit the question")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(pencil).to_be_focused()
    pencil.press("Enter")
    field.fill("Where is Tilos?")
    model.will_say("In the Dodecanese.")
    field.press("Enter")
    expect(alice.prose).to_have_text("In the Dodecanese.")
    alice.wait_until_answered()
    for visitor in (alice, phone):
        expect(visitor.page.locator(".turn")).to_have_count(1)
        expect(visitor.page.locator(".turn")).to_contain_text("Where is Tilos?")
        expect(visitor.page.get_by_role("group", name="Version 2 of 2")).to_be_visible()

    alice.button("Previous version").press("Enter")
    expect(turns).to_have_count(2)
    expect(turns.first).to_contain_text("Where is Karpathos?")
    expect(turns.last).to_contain_text("By ferry.")
    # The first version has no previous one.
    expect(alice.button("Next version")).to_be_focused()
    expect(alice.page.locator("#announcer")).to_have_text("Version 1 of 2: Where is Karpathos?")
    expect(phone.page.locator(".turn")).to_have_count(2)

    alice.page.reload()
    expect(turns).to_have_count(2)
    alice.button("Next version").press("Enter")
    expect(turns).to_have_count(1)
    expect(turns).to_contain_text("Where is Tilos?")
    with alice.page.expect_download() as download:
        alice.page.get_by_role("button", name="Save as Markdown").click()
    exported = download.value.path().read_text()
    assert "Where is Tilos?" in exported
    assert "By ferry." not in exported


def test_a_refused_version_leaves_the_old_one_and_what_was_typed(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say("In the south.")
    begin(alice, scene.model, "Where is Kasos?")
    alice.button("Edit the question").click()
    field = alice.page.get_by_role("textbox", name="Edit the question")
    field.fill("x" * 16_001)
    alice.button("Ask").click()
    expect(alice.page.locator("#notice")).to_contain_text("at most 16000 characters")
    expect(field).to_have_value("x" * 16_001)
    alice.page.set_viewport_size(PHONE)
    assert alice.page.locator("#scroller").evaluate("it => it.scrollWidth - it.clientWidth") == 0
    alice.button("Cancel").click()
    expect(alice.page.locator(".turn")).to_contain_text("Where is Kasos?")
    expect(alice.prose).to_have_text("In the south.")
