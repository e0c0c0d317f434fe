"""Answers are rated, with a comment, and given again beside those that there are."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser_visitor import BrowserVisitor

COMMENT = "Out of date: the ferry stopped in 2025."


def test_an_answer_is_rated_with_a_comment(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say("By ferry.")
    alice.visit(scene.model)
    alice.ask("How do I rate this?")
    alice.wait_until_answered()
    bad, good = alice.button("Bad answer"), alice.button("Good answer")
    bad.press("Enter")
    expect(bad).to_have_attribute("aria-pressed", "true")
    comment = alice.page.get_by_role("textbox", name="What was good or bad about it?")
    expect(comment).to_be_focused()
    comment.fill(COMMENT)
    alice.button("Save").click()
    expect(comment).to_be_hidden()
    expect(bad).to_be_focused()

    alice.page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    in_playground = alice.page.url
    alice.page.goto(f"{alice.address}/admin/chat/chatsession/?rating=down")
    row = alice.page.locator("#result_list tr", has_text="How do I rate this?")
    expect(row).to_contain_text("1 × bad")
    row.get_by_role("link", name="How do I rate this?").click()
    expect(alice.page.locator(".badge.rated-down")).to_contain_text("bad")
    expect(alice.page.locator(".comment")).to_have_text(COMMENT)

    alice.page.goto(in_playground)
    good.click()
    expect(comment).to_have_value(COMMENT)
    good.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(comment).to_be_hidden()
    alice.page.goto(f"{alice.address}/admin/chat/chatsession/?rating=commented")
    expect(alice.page.get_by_text("How do I rate this?")).to_have_count(0)


def test_other_answers_stand_beside_the_first(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say("One way is the ferry. [ID:0]")
    alice.visit(scene.model)
    alice.ask("How do I get to Tilos?")
    alice.wait_until_answered()
    model.will_say("Another way is to swim.")
    alice.button("Answer again").press("Enter")
    answers = alice.page.locator(".answer")
    expect(answers).to_have_count(2)
    alice.wait_until_answered()
    for _ in range(2):
        expect(alice.page.locator(".question")).to_have_count(1)
        expect(answers.first).to_contain_text("Answer 1 of 2")
        expect(answers.first).to_contain_text("One way is the ferry.")
        expect(answers.last).to_contain_text("Another way is to swim.")
        left, right = (each.bounding_box() for each in answers.all())
        assert left
        assert right
        assert left["y"] == right["y"]
        assert right["x"] > left["x"]
        alice.page.reload()
    answers.first.get_by_role("button", name="Source 1").first.click()
    expect(alice.source).to_contain_text("tilos.md")

    model.will_say("On foot.")
    alice.ask("And from there?")
    alice.wait_until_answered()
    expect(alice.page.locator(".turn")).to_have_count(2)
