"""The playground without a mouse, and what a screen reader is told."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser_visitor import BrowserVisitor

OUTLINE = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((heading) => heading.checkVisibility()).map(({ tagName }) => Number(tagName[1]))"""
TAB_STOPS = """() => [...document.querySelectorAll("#sessions :is(a, button)")]
    .filter(({ tabIndex }) => tabIndex >= 0).map(({ textContent }) => textContent)"""


def begin(alice: BrowserVisitor, scene: Scene, model: Model, *questions: str) -> None:
    """A conversation for each; the last is open, and first in the list."""
    for question in questions:
        model.will_say("So it is.")
        alice.visit(scene.model)
        alice.ask(question)
        alice.wait_until_answered()
        expect(alice.conversations.first).to_have_text(question)


def test_the_list_is_one_stop_and_arrows_go_through_it(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    begin(alice, scene, model, "Alpha?", "Beta?", "Gamma?")
    assert alice.page.evaluate(TAB_STOPS) == ["Gamma?"]
    gamma, beta, alpha = (
        alice.page.get_by_role("link", name=name).first for name in ("Gamma?", "Beta?", "Alpha?")
    )
    gamma.focus()
    alice.page.keyboard.press("ArrowDown")
    expect(beta).to_be_focused()
    assert alice.page.evaluate(TAB_STOPS) == ["Beta?"]
    alice.page.keyboard.press("ArrowRight")
    expect(alice.button("Rename “Beta?”").first).to_be_focused()
    alice.page.keyboard.press("ArrowDown")
    expect(alice.button("Rename “Alpha?”").first).to_be_focused()
    alice.page.keyboard.press("ArrowLeft")
    expect(alpha).to_be_focused()
    alice.page.keyboard.press("Home")
    expect(gamma).to_be_focused()
    alice.page.keyboard.press("Tab")
    expect(alice.page.locator("#sessions :focus")).to_have_count(0)


def test_after_deleting_the_focus_is_on_the_next_conversation(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    begin(alice, scene, model, "Delta?", "Epsilon?", "Zeta?")
    for name, heir in (("Epsilon?", "Delta?"), ("Zeta?", "Delta?")):
        alice.button(f"Delete “{name}”").first.press("Enter")
        alice.button("Delete").press("Enter")
        expect(alice.page.get_by_role("link", name=name)).to_have_count(0)
        expect(alice.page.get_by_role("link", name=heir).first).to_be_focused()


def test_the_first_stop_skips_to_the_question(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.model)
    skip = alice.page.locator("a[href], button, input, select, textarea").first
    expect(skip).to_have_text("Skip to the question")
    skip.focus()
    expect(skip).to_be_in_viewport()
    alice.page.keyboard.press("Enter")
    expect(alice.page.get_by_label("Question", exact=True)).to_be_focused()


def test_no_level_of_headings_is_left_out(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    answer = "#### Deep\n\na\n\n# Top\n\nb\n\n### Below\n\nc\n"
    model.will_say(*(answer[at : at + 6] for at in range(0, len(answer), 6)))
    alice.visit(scene.model)
    alice.ask("Headings?")
    alice.wait_until_answered()
    assert alice.page.evaluate(OUTLINE) == [1, 2, 3, 3, 4]
    alice.page.reload()
    expect(alice.prose.get_by_role("heading")).to_have_text(["Deep", "Top", "Below"])
    assert alice.page.evaluate(OUTLINE) == [1, 2, 3, 3, 4]
